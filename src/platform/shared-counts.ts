import { lt } from "drizzle-orm";
import type { Redis } from "ioredis";
import { RateLimiterDrizzle, RateLimiterRedis, type RateLimiterRes } from "rate-limiter-flexible";
import type { Db } from "./db.js";
import { sharedCounts } from "./shared-counts.tables.js";

/** Counts that all servers share. A key's window begins with its first count and lasts as long as all of them. */
export interface SharedCounter {
  /** Adds and answers with the sum of all servers. Rejects when whatever keeps the counts is away. */
  add(key: string, points: number): Promise<{ total: number; msLeft: number }>;
}

interface CounterOptions {
  /** What is counted; counters of the same name count together. */
  name: string;
  windowSec: number;
}

/** Kept in Redis where there is one, else in PostgreSQL. */
export function openSharedCounter(
  { db, redis }: { db: Db; redis: Redis | null },
  { name, windowSec }: CounterOptions,
): SharedCounter {
  const counting = { keyPrefix: `skyriff-${name}`, points: 1, duration: windowSec };
  return countedBy(
    redis
      ? new RateLimiterRedis({ ...counting, storeClient: redis, rejectIfRedisNotReady: true })
      : new RateLimiterDrizzle({
          ...counting,
          storeClient: db,
          schema: sharedCounts,
          clearExpiredByTimeout: false,
        }),
  );
}

/** The library's limiter as what it is at heart: a counter with a window. */
export function countedBy(limiter: {
  penalty(key: string, points: number): Promise<RateLimiterRes>;
}): SharedCounter {
  return {
    async add(key, points) {
      const { consumedPoints, msBeforeNext } = await limiter.penalty(key, points);
      return { total: consumedPoints, msLeft: msBeforeNext };
    },
  };
}

/** Redis forgets by itself. */
export async function forgetExpiredCounts(db: Db, now: Date): Promise<void> {
  await db.delete(sharedCounts).where(lt(sharedCounts.expire, now));
}
