import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { EventBus, Topic } from "./event-bus.js";
import { LocalDelivery } from "./local-delivery.js";

/** While the way to the others is closed, events are dropped beyond this many: listeners catch up by reading. */
const waitingMax = 10_000;
/** Of texts that are not full there is one in so many milliseconds: it costs the same for one event and for many. */
const gatherMs = 10;
/** Who has sent none for a while may send so many at once, so that only a stream of them waits. */
const atOnceMax = 5;

type Envelope = { topic: string; event: object };

/** An event as it is sent, and what it takes of a text with the comma after it. */
interface Part {
  text: string;
  bytes: number;
}

/**
 * What every bus does, whatever carries its texts from server to server: this server's own listeners
 * hear at once, and what is published in one tick is sent together. A server that publishes in a steady
 * stream sends what has gathered in ten milliseconds as one text, or as soon as that is full.
 */
export abstract class BatchingBus implements EventBus {
  private readonly local: LocalDelivery;
  private readonly reconnectListeners = new Set<() => void>();
  private readonly head = `{"from":"${randomUUID()}","at":`;
  private waiting: Part[] = [];
  private waitingBytes = 0;
  /** Since when the oldest of them waits. */
  private waitingSinceMs = 0;
  private endGathering: (() => void) | null = null;
  private closing = false;
  private sending: Promise<void> | null = null;
  /** When the next text may go, full or not. */
  private dueAtMs = Number.NEGATIVE_INFINITY;
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

  publish<Event extends object>({ name: topic }: Topic<Event>, ...events: Event[]): void {
    for (const event of events) {
      this.local.deliver(topic, event);
      if (this.waiting.length < waitingMax) this.keep({ topic, event });
    }
    if (this.isFull) this.endGathering?.();
    this.sending ??= this.sendWaiting();
  }

  subscribe<Event extends object>(topic: Topic<Event>, listener: (event: Event) => void): () => void {
    return this.local.subscribe(topic, listener);
  }

  onReconnect(listener: () => void): () => void {
    this.reconnectListeners.add(listener);
    return () => this.reconnectListeners.delete(listener);
  }

  async close(): Promise<void> {
    this.closing = true;
    this.endGathering?.();
    await this.sending;
    await this.disconnect();
  }

  /** Tells how long texts take from here to the servers: as long as this server's own take to come back. */
  onLag(observe: (seconds: number) => void): void {
    this.observeLag = observe;
  }

  /** For each text that arrives, this server's own included: of that only the time is of interest. */
  protected receive(text: string): void {
    if (text.startsWith(this.head)) {
      const at = Number.parseFloat(text.slice(this.head.length, this.head.length + 20));
      this.observeLag((performance.now() - at) / 1000);
      return;
    }
    const { events } = JSON.parse(text) as { events: Envelope[] };
    for (const { topic, event } of events) this.local.deliver(topic, event);
  }

  /** At every connection: before it, events may have been missed. */
  protected connected(): void {
    for (const listener of this.reconnectListeners) listener();
  }

  private get isFull(): boolean {
    return this.waitingBytes >= this.textBytesMax;
  }

  private keep(envelope: Envelope): void {
    const text = JSON.stringify(envelope);
    const bytes = Buffer.byteLength(text) + 1;
    if (this.waiting.length === 0) this.waitingSinceMs = performance.now();
    this.waiting.push({ text, bytes });
    this.waitingBytes += bytes;
  }

  private async sendWaiting(): Promise<void> {
    await Promise.resolve(); // what is published in one tick goes together
    while (this.waiting.length > 0) {
      await this.gather();
      const nowMs = performance.now();
      this.dueAtMs = Math.min(Math.max(this.dueAtMs, nowMs - atOnceMax * gatherMs), nowMs) + gatherMs;
      try {
        await this.send(this.nextText());
        this.failing = false;
      } catch (err) {
        this.waiting = [];
        this.waitingBytes = 0;
        if (!this.failing) this.logger.warn({ err }, "events are not sent to other servers");
        this.failing = true;
      }
    }
    this.sending = null; // In the turn that found nothing: what is published in the next one is sent too.
  }

  /** Resolves when the next text is full or due. */
  private async gather(): Promise<void> {
    const restMs = this.dueAtMs - performance.now();
    if (restMs <= 0 || this.isFull || this.closing) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, restMs);
      this.endGathering = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.endGathering = null;
  }

  private nextText(): string {
    const head = `${this.head}${this.waitingSinceMs},"events":[`;
    const roomBytes = this.textBytesMax - head.length - 2;
    let bytes = 0;
    let count = 0;
    for (const part of this.waiting) {
      if (count > 0 && bytes + part.bytes > roomBytes) break;
      bytes += part.bytes;
      count += 1;
    }
    const parts = this.waiting.splice(0, count);
    this.waitingBytes -= bytes;
    return `${head}${parts.map(({ text }) => text).join(",")}]}`;
  }
}
