import { setTimeout as sleep } from "node:timers/promises";
import { createRedisEventTarget } from "@graphql-yoga/redis-event-target";
import type { Redis } from "ioredis";
import type { Logger } from "pino";
import { BatchingBus } from "./batching-bus.js";
import { redisReady } from "./redis.js";

const channel = "skyriff:events";
/** Redis takes half a gigabyte; this keeps one text from holding up the next. */
const textBytesMax = 64 * 1024;
/** A start waits so long for a Redis that is away; then it is heard as soon as it is there. */
const firstConnectionMs = 3_000;

/** Redis or Valkey, for when one PostgreSQL has better things to do. While it is away nothing waits for it. */
export class RedisBus extends BatchingBus {
  private readonly subscriber: Redis;
  private readonly target: EventTarget;
  private sent: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly publisher: Redis,
    logger: Logger,
  ) {
    super(logger, textBytesMax);
    this.subscriber = publisher.duplicate({ lazyConnect: true, autoResubscribe: false });
    this.subscriber.on("error", () => {}); // The publisher's connection says it.
    this.target = createRedisEventTarget({
      publishClient: withoutWaiting(publisher, (sent) => {
        this.sent = sent;
      }),
      subscribeClient: withoutWaiting(this.subscriber),
      serializer: { stringify: String, parse: (text) => text },
    });
  }

  async listen(): Promise<void> {
    this.subscriber.once("ready", () => {
      this.target.addEventListener(channel, (event) => this.receive((event as CustomEvent<string>).detail));
    });
    const heard = new Promise<void>((resolve) => {
      this.subscriber.on("ready", () => {
        this.subscriber.subscribe(channel).then(
          () => {
            this.connected();
            resolve();
          },
          () => {}, // It was lost again; the next connection subscribes.
        );
      });
    });
    this.subscriber.connect().catch(() => {});
    const tooLong = sleep(firstConnectionMs, undefined, { ref: false });
    await Promise.race([Promise.all([heard, redisReady(this.publisher, firstConnectionMs)]), tooLong]);
  }

  protected async send(text: string): Promise<void> {
    if (this.publisher.status !== "ready") return; // The others catch up by reading.
    this.target.dispatchEvent(new CustomEvent(channel, { detail: text }));
    await this.sent;
  }

  protected async disconnect(): Promise<void> {
    this.subscriber.disconnect();
  }
}

/** The event target waits for none of its commands, and a failure that nobody waits for ends the process. */
function withoutWaiting(client: Redis, onCommand: (sent: Promise<unknown>) => void = () => {}): Redis {
  return new Proxy(client, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        const result: unknown = member.apply(target, args);
        if (result instanceof Promise) {
          result.catch(() => {});
          onCommand(result);
        }
        return result;
      };
    },
  });
}
