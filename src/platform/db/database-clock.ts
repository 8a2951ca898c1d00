import { sql } from "drizzle-orm";
import type { Logger } from "pino";
import type { Clock } from "../base/clock.js";
import type { Queryable } from "./index.js";

const measurementsAtStart = 5;
const measureIntervalMs = 10_000;
const warnedSkewMs = 5_000;

/**
 * The database's time, so that all servers and the database agree on due times, expiry and the current
 * day even if a server's own clock is wrong. Between measurements it advances by the process's monotonic
 * timer.
 */
export class DatabaseClock implements Clock {
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly db: Queryable,
    /** The database's time minus `performance.now()`. */
    private offsetMs: number,
  ) {}

  /** Measures only once: for short-lived commands. */
  static async measure(db: Queryable): Promise<DatabaseClock> {
    let [leastMs, mostMs] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    // The first response is slow because it opens a connection. The fastest one narrows the bounds most.
    for (let n = 0; n < measurementsAtStart; n++) {
      const bounds = await measureOffset(db);
      leastMs = Math.max(leastMs, bounds.leastMs);
      mostMs = Math.min(mostMs, bounds.mostMs);
    }
    return new DatabaseClock(db, (leastMs + mostMs) / 2);
  }

  /** Measures every ten seconds until it is stopped. It keeps running while the database is unavailable. */
  static async start(db: Queryable, logger: Logger): Promise<DatabaseClock> {
    const clock = await DatabaseClock.measure(db);
    const skewMs = Math.round(Date.now() - clock.now().getTime());
    if (Math.abs(skewMs) > warnedSkewMs)
      logger.warn(
        { skewMs },
        "this machine's clock differs from the database's; deadlines and sessions go by the database's clock",
      );
    clock.timer = setInterval(() => void clock.adjust().catch(() => {}), measureIntervalMs).unref();
    return clock;
  }

  now(): Date {
    return new Date(performance.now() + this.offsetMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Corrects only the part of the error that the measurement proves: a slow response has wide bounds. */
  private async adjust(): Promise<void> {
    const { leastMs, mostMs } = await measureOffset(this.db);
    this.offsetMs = Math.min(mostMs, Math.max(leastMs, this.offsetMs));
  }
}

/** The database read its clock between the sending of the statement and the arrival of its response. */
async function measureOffset(db: Queryable): Promise<{ leastMs: number; mostMs: number }> {
  const sentAtMs = performance.now();
  const [row] = await db.execute<{ now_ms: number }>(
    sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms`,
  );
  const nowMs = (row as { now_ms: number }).now_ms;
  return { leastMs: nowMs - performance.now(), mostMs: nowMs - sentAtMs };
}
