import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import type { Logger } from "pino";

/** Longer than any command here takes, so that a Redis that hangs does not make requests hang. */
const commandMs = 1_000;
const reconnectDelayMaxMs = 2_000;

/**
 * A connection that reconnects until it succeeds and meanwhile rejects commands immediately. Logs an
 * outage once when it begins and once when it ends.
 */
export function connectRedis(url: string, logger: Logger): Redis {
  const redis = new Redis(url, {
    connectionName: "skyriff",
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 5_000,
    commandTimeout: commandMs,
    keepAlive: 10_000,
    retryStrategy: (times) => Math.min(times * 100, reconnectDelayMaxMs),
  });
  let unavailable = false;
  redis.on("error", (err: Error) => {
    if (!unavailable)
      logger.warn(
        { reason: err.message },
        "Redis is unavailable; events arrive up to 3 s late and each server limits requests on its own",
      );
    unavailable = true;
  });
  redis.on("ready", () => {
    if (unavailable) logger.info("Redis is available again");
    unavailable = false;
  });
  return redis;
}

/** Resolves when the connection is ready, or after `waitMs`. */
export async function redisReady(redis: Redis, waitMs: number): Promise<void> {
  if (redis.status === "ready") return;
  const ready = new Promise((resolve) => redis.once("ready", resolve));
  await Promise.race([ready, sleep(waitMs, undefined, { ref: false })]);
}
