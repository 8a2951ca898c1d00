import { randomUUID } from "node:crypto";
import postgres from "postgres";
import type { BusEvents, BusTopic, EventBus } from "../events.js";
import type { Logger } from "../logger.js";
import { LocalDelivery } from "./local-delivery.js";

const channel = "skyriff_events";
/** PostgreSQL takes 8,000 bytes a notification. */
const notificationBytesMax = 7_500;
/** While the database is away events are dropped beyond this many: listeners catch up by reading. */
const waitingMax = 10_000;

type Envelope = { topic: BusTopic; event: unknown };

/**
 * LISTEN/NOTIFY, on connections of its own and outside every money transaction: PostgreSQL takes one
 * global lock at the commit of each transaction that notified. Events that wait are sent together.
 */
export class PostgresBus implements EventBus {
  private readonly client: postgres.Sql;
  private readonly local: LocalDelivery;
  private readonly reconnectListeners = new Set<() => void>();
  private readonly serverId = randomUUID();
  private waiting: Envelope[] = [];
  private sending: Promise<void> | null = null;
  private listened = false;

  constructor(
    url: string,
    private readonly logger: Logger,
  ) {
    this.client = postgres(url, {
      max: 1,
      onnotice: () => {},
      connection: { application_name: "skyriff-events" },
    });
    this.local = new LocalDelivery((err) => logger.error({ err }, "an event's listener failed"));
  }

  /** Resolves once events of other servers are heard. */
  async listen(): Promise<void> {
    await this.client.listen(
      channel,
      (text) => this.receive(text),
      () => this.connected(),
    );
  }

  publish<T extends BusTopic>(topic: T, ...events: BusEvents[T][]): void {
    for (const event of events) {
      this.local.deliver(topic, event);
      if (this.waiting.length < waitingMax) this.waiting.push({ topic, event });
    }
    this.sending ??= this.send().finally(() => {
      this.sending = null;
    });
  }

  subscribe<T extends BusTopic>(topic: T, listener: (event: BusEvents[T]) => void): () => void {
    return this.local.subscribe(topic, listener);
  }

  onReconnect(listener: () => void): () => void {
    this.reconnectListeners.add(listener);
    return () => this.reconnectListeners.delete(listener);
  }

  async close(): Promise<void> {
    await this.sending;
    await this.client.end({ timeout: 2 });
  }

  private connected(): void {
    if (this.listened) for (const listener of this.reconnectListeners) listener();
    this.listened = true;
  }

  private async send(): Promise<void> {
    await Promise.resolve(); // what is published in one tick goes together
    while (this.waiting.length > 0) {
      const text = this.nextNotification();
      try {
        await this.client`select pg_notify(${channel}, ${text})`;
      } catch (err) {
        this.waiting = [];
        this.logger.warn({ err }, "events were not sent to other servers");
      }
    }
  }

  private nextNotification(): string {
    const head = `{"from":"${this.serverId}","events":[`;
    const parts: string[] = [];
    let bytes = head.length + 2;
    for (const envelope of this.waiting) {
      const part = JSON.stringify(envelope);
      bytes += Buffer.byteLength(part) + 1;
      if (parts.length > 0 && bytes > notificationBytesMax) break;
      parts.push(part);
    }
    this.waiting = this.waiting.slice(parts.length);
    return `${head}${parts.join(",")}]}`;
  }

  private receive(text: string): void {
    const { from, events } = JSON.parse(text) as { from: string; events: Envelope[] };
    if (from === this.serverId) return;
    for (const { topic, event } of events) this.local.deliver(topic, event as BusEvents[typeof topic]);
  }
}
