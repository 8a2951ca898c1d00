import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import type { Logger } from "pino";
import { BatchingBus } from "./batching-bus.js";
import { redisReady } from "./redis.js";

const channel = "skyriff:events";
/** Redis accepts 512 MiB. With smaller messages no event waits long behind another. */
const messageBytesMax = 64 * 1024;
/** A server starts without Redis after this long, and subscribes once Redis is available. */
const startTimeoutMs = 3_000;

/** Events over Redis or Valkey, which spares PostgreSQL the NOTIFY traffic. Nothing waits for an unavailable Redis. */
export class RedisBus extends BatchingBus {
  private readonly subscriber: Redis;

  constructor(
    private readonly publisher: Redis,
    logger: Logger,
  ) {
    super(logger, messageBytesMax);
    // ioredis can resubscribe by itself, but if that failed, the unhandled rejection would end the process.
    this.subscriber = publisher.duplicate({ lazyConnect: true, autoResubscribe: false });
    this.subscriber.on("error", () => {}); // The publisher's connection logs outages.
    this.subscriber.on("message", (_channel, text) => this.receive(text));
  }

  async listen(): Promise<void> {
    const subscribed = new Promise<void>((resolve) => {
      this.subscriber.on("ready", () => {
        this.subscriber.subscribe(channel).then(
          () => {
            this.connected();
            resolve();
          },
          () => this.subscriber.disconnect(true), // The next connection subscribes.
        );
      });
    });
    this.subscriber.connect().catch(() => {});
    const timeout = sleep(startTimeoutMs, undefined, { ref: false });
    await Promise.race([Promise.all([subscribed, redisReady(this.publisher, startTimeoutMs)]), timeout]);
  }

  protected async send(text: string): Promise<void> {
    if (this.publisher.status !== "ready") return; // Other servers resync.
    await this.publisher.publish(channel, text);
  }

  protected async disconnect(): Promise<void> {
    this.subscriber.disconnect();
  }
}
