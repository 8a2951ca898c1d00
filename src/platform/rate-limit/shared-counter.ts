import { lt, sql } from "drizzle-orm";
import type { Redis } from "ioredis";
import { RateLimiterRedis, type RateLimiterRes } from "rate-limiter-flexible";
import type { Db } from "../db/index.js";
import { sharedCounts } from "./shared-counter.tables.js";

/** A counter that all servers share. A key's window starts with its first points and has a fixed length. */
export interface SharedCounter {
  /** Adds points and returns the sum of all servers. Rejects if Redis or PostgreSQL is unavailable. */
  add(key: string, points: number): Promise<{ total: number; msLeft: number }>;
}

interface CounterOptions {
  /** Counters with the same name share their counts. */
  name: string;
  windowSec: number;
}

/** Stored in Redis if it is configured, else in PostgreSQL. */
export function openSharedCounter(
  { db, redis }: { db: Db; redis: Redis | null },
  { name, windowSec }: CounterOptions,
): SharedCounter {
  const keyPrefix = `skyriff-${name}`;
  if (!redis) return { add: (key, points) => addToRow(db, `${keyPrefix}:${key}`, points, windowSec) };
  const options = { keyPrefix, points: 1, duration: windowSec, rejectIfRedisNotReady: true };
  return toSharedCounter(new RateLimiterRedis({ ...options, storeClient: redis }));
}

/** Goes by the database's clock. The library's limiter for PostgreSQL goes by the servers' clocks, which differ. */
async function addToRow(db: Db, key: string, points: number, windowSec: number) {
  const hasExpired = sql`${sharedCounts.expire} <= clock_timestamp()`;
  const [row] = await db
    .insert(sharedCounts)
    .values({ key, points, expire: sql`clock_timestamp() + ${windowSec} * interval '1 second'` })
    .onConflictDoUpdate({
      target: sharedCounts.key,
      set: {
        points: sql`case when ${hasExpired} then excluded.points else ${sharedCounts.points} + excluded.points end`,
        expire: sql`case when ${hasExpired} then excluded.expire else ${sharedCounts.expire} end`,
      },
    })
    .returning({
      total: sharedCounts.points,
      msLeft: sql<number>`ceil(extract(epoch from ${sharedCounts.expire} - clock_timestamp()) * 1000)::int`,
    });
  return row as { total: number; msLeft: number };
}

/** A limiter of the library is a counter with a window: `penalty` adds points and never rejects a caller. */
export function toSharedCounter(limiter: {
  penalty(key: string, points: number): Promise<RateLimiterRes>;
}): SharedCounter {
  return {
    async add(key, points) {
      const { consumedPoints, msBeforeNext } = await limiter.penalty(key, points);
      return { total: consumedPoints, msLeft: msBeforeNext };
    },
  };
}

/** For PostgreSQL only: Redis deletes expired keys by itself. */
export async function deleteExpiredCounts(db: Db, now: Date): Promise<void> {
  await db.delete(sharedCounts).where(lt(sharedCounts.expire, now));
}
