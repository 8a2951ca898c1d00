import { sql } from "drizzle-orm";
import type { Logger } from "pino";
import type { Clock } from "../base/clock.js";
import type { Queryable } from "./index.js";

const measurementsAtStart = 5;
const measureIntervalMs = 10_000;
const warnedSkewMs = 5_000;

/**
 * The database's time, so that all servers and the database agree on what is due, expired and today,
 * however wrong a server's own clock is. Between two measurements the process's steady timer counts on.
 */
export class DatabaseClock implements Clock {
  private timer: NodeJS.Timeout | undefined;

  /** The database's time minus `performance.now()`. */
  private constructor(
    private readonly db: Queryable,
    private offsetMs: number,
  ) {}

  /** Measured at the start alone: for a command that is soon over. */
  static async measure(db: Queryable): Promise<DatabaseClock> {
    let [leastMs, mostMs] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    // The first answer is slow, since it waits for a connection; the quickest one narrows the bounds most.
    for (let n = 0; n < measurementsAtStart; n++) {
      const bounds = await boundsOfOffset(db);
      leastMs = Math.max(leastMs, bounds.leastMs);
      mostMs = Math.min(mostMs, bounds.mostMs);
    }
    return new DatabaseClock(db, (leastMs + mostMs) / 2);
  }

  /** Measured every ten seconds until it is stopped. While the database is unavailable it counts on. */
  static async start(db: Queryable, logger: Logger): Promise<DatabaseClock> {
    const clock = await DatabaseClock.measure(db);
    const skewMs = Math.round(Date.now() - clock.now().getTime());
    if (Math.abs(skewMs) > warnedSkewMs)
      logger.warn(
        { skewMs },
        "this machine's clock differs from the database's, which is the one that counts",
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

  /** Moved no further than the measurement proves it wrong: a slow answer proves little. */
  private async adjust(): Promise<void> {
    const { leastMs, mostMs } = await boundsOfOffset(this.db);
    this.offsetMs = Math.min(mostMs, Math.max(leastMs, this.offsetMs));
  }
}

/** The database read its clock after the statement was sent, and before its answer came. */
async function boundsOfOffset(db: Queryable): Promise<{ leastMs: number; mostMs: number }> {
  const sentAtMs = performance.now();
  const [row] = await db.execute<{ now_ms: number }>(
    sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms`,
  );
  const nowMs = (row as { now_ms: number }).now_ms;
  return { leastMs: nowMs - performance.now(), mostMs: nowMs - sentAtMs };
}
