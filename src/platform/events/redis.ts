import { Redis } from "ioredis";
import type { Logger } from "pino";

/** Longer than any of our commands takes; a Redis that hangs must not make requests hang. */
const commandMs = 1_000;
const reconnectDelayMaxMs = 2_000;

/**
 * A connection that is made anew for as long as it takes, and meanwhile refuses commands at once. An
 * outage is logged once when it begins and once when it is over.
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
  let away = false;
  redis.on("error", (err: Error) => {
    if (!away) logger.warn({ reason: err.message }, "Redis is away; the product goes on without it");
    away = true;
  });
  redis.on("ready", () => {
    if (away) logger.info("Redis is back");
    away = false;
  });
  return redis;
}

/** Resolves when the connection stands, or after `waitMs` if it does not. */
export async function redisReady(redis: Redis, waitMs: number): Promise<void> {
  if (redis.status === "ready") return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, waitMs);
    redis.once("ready", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
