import { lt, sql } from "drizzle-orm";
import type { Redis } from "ioredis";
import { RateLimiterRedis, type RateLimiterRes } from "rate-limiter-flexible";
import type { Db } from "../db/index.js";
import { sharedCounts } from "./shared-counter.tables.js";

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
  const keyPrefix = `skyriff-${name}`;
  if (!redis) return { add: (key, points) => addToCount(db, `${keyPrefix}:${key}`, points, windowSec) };
  const options = { keyPrefix, points: 1, duration: windowSec, rejectIfRedisNotReady: true };
  return countedBy(new RateLimiterRedis({ ...options, storeClient: redis }));
}

/** By the database's time. The library's limiter goes by the server's own, and servers' clocks differ. */
async function addToCount(db: Db, key: string, points: number, windowSec: number) {
  const isOver = sql`${sharedCounts.expire} <= clock_timestamp()`;
  const [row] = await db
    .insert(sharedCounts)
    .values({ key, points, expire: sql`clock_timestamp() + ${windowSec} * interval '1 second'` })
    .onConflictDoUpdate({
      target: sharedCounts.key,
      set: {
        points: sql`case when ${isOver} then excluded.points else ${sharedCounts.points} + excluded.points end`,
        expire: sql`case when ${isOver} then excluded.expire else ${sharedCounts.expire} end`,
      },
    })
    .returning({
      total: sharedCounts.points,
      msLeft: sql<number>`ceil(extract(epoch from ${sharedCounts.expire} - clock_timestamp()) * 1000)::int`,
    });
  return row as { total: number; msLeft: number };
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
export async function deleteExpiredCounts(db: Db, now: Date): Promise<void> {
  await db.delete(sharedCounts).where(lt(sharedCounts.expire, now));
}
