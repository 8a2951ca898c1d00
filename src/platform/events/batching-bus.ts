import { randomUUID } from "node:crypto";
import type { BusEvents, BusTopic, EventBus } from "../events.js";
import type { Logger } from "../logger.js";
import { LocalDelivery } from "./local-delivery.js";

/** While the way to the others is closed, events are dropped beyond this many: listeners catch up by reading. */
const waitingMax = 10_000;

type Envelope = { topic: BusTopic; event: unknown };

/**
 * What every bus does, whatever carries its texts from server to server: this server's own listeners
 * hear at once, and what is published in one tick, or while a text is under way, is sent together.
 */
export abstract class BatchingBus implements EventBus {
  private readonly local: LocalDelivery;
  private readonly reconnectListeners = new Set<() => void>();
  private readonly serverId = randomUUID();
  private waiting: Envelope[] = [];
  private sending: Promise<void> | null = null;
  private failing = false;
  private observeLag: (seconds: number) => void = () => {};

  constructor(
    protected readonly logger: Logger,
    private readonly textBytesMax: number,
  ) {
    this.local = new LocalDelivery((err) => logger.error({ err }, "an event's listener failed"));
  }

  /** Resolves once other servers are heard; or, where the product goes on without, when that takes too long. */
  abstract listen(): Promise<void>;
  /** Rejects when the text did not go out. */
  protected abstract send(text: string): Promise<void>;
  protected abstract disconnect(): Promise<void>;

  publish<T extends BusTopic>(topic: T, ...events: BusEvents[T][]): void {
    for (const event of events) {
      this.local.deliver(topic, event);
      if (this.waiting.length < waitingMax) this.waiting.push({ topic, event });
    }
    this.sending ??= this.sendWaiting();
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
    await this.disconnect();
  }

  /** Tells how long texts take from here to the servers: as long as this server's own take to come back. */
  onLag(observe: (seconds: number) => void): void {
    this.observeLag = observe;
  }

  /** For each text that arrives, this server's own included. */
  protected receive(text: string): void {
    const { from, at, events } = JSON.parse(text) as { from: string; at: number; events: Envelope[] };
    if (from === this.serverId) this.observeLag((performance.now() - at) / 1000);
    else for (const { topic, event } of events) this.local.deliver(topic, event as BusEvents[typeof topic]);
  }

  /** At every connection: before it, events may have been missed. */
  protected connected(): void {
    for (const listener of this.reconnectListeners) listener();
  }

  private async sendWaiting(): Promise<void> {
    await Promise.resolve(); // what is published in one tick goes together
    while (this.waiting.length > 0) {
      try {
        await this.send(this.nextText());
        this.failing = false;
      } catch (err) {
        this.waiting = [];
        if (!this.failing) this.logger.warn({ err }, "events are not sent to other servers");
        this.failing = true;
      }
    }
    this.sending = null; // In the turn that found nothing: what is published in the next one is sent too.
  }

  private nextText(): string {
    const head = `{"from":"${this.serverId}","at":${performance.now()},"events":[`;
    const parts: string[] = [];
    let bytes = head.length + 2;
    for (const envelope of this.waiting) {
      const part = JSON.stringify(envelope);
      bytes += Buffer.byteLength(part) + 1;
      if (parts.length > 0 && bytes > this.textBytesMax) break;
      parts.push(part);
    }
    this.waiting = this.waiting.slice(parts.length);
    return `${head}${parts.join(",")}]}`;
  }
}
