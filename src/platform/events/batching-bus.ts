import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import type { Logger } from "pino";
import type { EventBus, Topic } from "./event-bus.js";

/** While other servers cannot be reached, events beyond this number are dropped: listeners resync. */
const pendingMax = 10_000;
/** Interval between messages that are not full. A message costs the same for one event and for many. */
const intervalMs = 10;
/** Burst size: after a pause, this many messages go out without delay. Only a steady stream is throttled. */
const burstMax = 5;

interface Envelope {
  topic: string;
  event: object;
}

interface PendingEvent {
  json: string;
  /** Size within a message, including the comma after it. */
  bytes: number;
}

/**
 * The part of an event bus that does not depend on its transport. Listeners on this server get an event
 * immediately. For other servers, events published in one tick share a message. Under load a server
 * sends one message every 10 ms, or earlier if it is full.
 */
export abstract class BatchingBus implements EventBus {
  private readonly listeners = new EventEmitter().setMaxListeners(0);
  private readonly reconnectListeners = new Set<() => void>();
  private readonly head = `{"from":"${randomUUID()}","at":`;
  private pending: PendingEvent[] = [];
  private pendingBytes = 0;
  /** Publication time of the oldest pending event. */
  private pendingSinceMs = 0;
  private stopWaiting: (() => void) | null = null;
  private closing = false;
  private sending: Promise<void> | null = null;
  /** Earliest time for a message that is not full. */
  private nextSendAtMs = Number.NEGATIVE_INFINITY;
  private failing = false;
  private observeLag: (seconds: number) => void = () => {};

  constructor(
    protected readonly logger: Logger,
    private readonly messageBytesMax: number,
  ) {}

  /** Resolves when events of other servers arrive, or after a timeout if the product can start without them. */
  abstract listen(): Promise<void>;
  /** Rejects if the message was not sent. */
  protected abstract send(message: string): Promise<void>;
  protected abstract disconnect(): Promise<void>;

  publish<Event extends object>({ name: topic }: Topic<Event>, ...events: Event[]): void {
    for (const event of events) {
      this.deliver(topic, event);
      if (this.pending.length < pendingMax) this.enqueue({ topic, event });
    }
    if (this.isFull) this.stopWaiting?.();
    this.sending ??= this.sendPending();
  }

  subscribe<Event extends object>({ name }: Topic<Event>, listener: (event: Event) => void): () => void {
    const guarded = (event: Event) => {
      try {
        listener(event);
      } catch (err) {
        this.logger.error({ err, topic: name }, "event bus: a listener failed");
      }
    };
    this.listeners.on(name, guarded);
    return () => this.listeners.off(name, guarded);
  }

  onReconnect(listener: () => void): () => void {
    this.reconnectListeners.add(listener);
    return () => this.reconnectListeners.delete(listener);
  }

  async close(): Promise<void> {
    this.closing = true;
    this.stopWaiting?.();
    await this.sending;
    await this.disconnect();
  }

  /** `observe` gets the time between publication and arrival, measured with this server's own messages. */
  onLag(observe: (seconds: number) => void): void {
    this.observeLag = observe;
  }

  /** Transports call this for each message. This server's own messages only serve to measure the lag. */
  protected receive(message: string): void {
    if (message.startsWith(this.head)) {
      const at = Number.parseFloat(message.slice(this.head.length, this.head.length + 20));
      this.observeLag((performance.now() - at) / 1000);
      return;
    }
    const { events } = JSON.parse(message) as { events: Envelope[] };
    for (const { topic, event } of events) this.deliver(topic, event);
  }

  /** Transports call this for each connection. Events sent before it may have been missed. */
  protected connected(): void {
    for (const listener of this.reconnectListeners) listener();
  }

  private deliver(topic: string, event: object): void {
    this.listeners.emit(topic, event);
  }

  private get isFull(): boolean {
    return this.pendingBytes >= this.messageBytesMax;
  }

  private enqueue(envelope: Envelope): void {
    const json = JSON.stringify(envelope);
    const bytes = Buffer.byteLength(json) + 1;
    if (this.pending.length === 0) this.pendingSinceMs = performance.now();
    this.pending.push({ json, bytes });
    this.pendingBytes += bytes;
  }

  private async sendPending(): Promise<void> {
    await Promise.resolve(); // Events published in one tick share a message.
    while (this.pending.length > 0) {
      await this.waitUntilDue();
      const nowMs = performance.now();
      this.nextSendAtMs =
        Math.min(Math.max(this.nextSendAtMs, nowMs - burstMax * intervalMs), nowMs) + intervalMs;
      try {
        await this.send(this.nextMessage());
        this.failing = false;
      } catch (err) {
        this.pending = [];
        this.pendingBytes = 0;
        if (!this.failing)
          this.logger.warn({ err }, "event bus: could not publish; other servers resync every 3 s");
        this.failing = true;
      }
    }
    this.sending = null; // Without an await since the check above, so that no event is left behind.
  }

  private async waitUntilDue(): Promise<void> {
    const waitMs = this.nextSendAtMs - performance.now();
    if (waitMs <= 0 || this.isFull || this.closing) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.stopWaiting = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.stopWaiting = null;
  }

  private nextMessage(): string {
    const head = `${this.head}${this.pendingSinceMs},"events":[`;
    const capacityBytes = this.messageBytesMax - head.length - 2;
    let bytes = 0;
    let count = 0;
    for (const event of this.pending) {
      if (count > 0 && bytes + event.bytes > capacityBytes) break;
      bytes += event.bytes;
      count += 1;
    }
    const events = this.pending.splice(0, count);
    this.pendingBytes -= bytes;
    return `${head}${events.map(({ json }) => json).join(",")}]}`;
  }
}
