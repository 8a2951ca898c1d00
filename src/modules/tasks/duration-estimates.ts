import { sql } from "drizzle-orm";
import { LRUCache } from "lru-cache";
import type { Clock } from "../../platform/base/clock.js";
import type { Db } from "../../platform/db/index.js";
import type { TaskRow } from "./tasks.repository.js";

/** Medians of the latest successful tasks of one kind, in ms. */
interface Estimate {
  /** From the task's creation to its end. */
  wholeMs: number;
  /** From the vendor's start to the end. */
  madeMs: number;
}

/** How many of the latest tasks count: enough for a steady median, few enough to follow a vendor's speed. */
const sampleMax = 50;
const ttlMs = 10_000;
const cachedKindsMax = 1_000;

/**
 * Estimates durations from the latest successful tasks with the same model, length and hd. Estimates are
 * cached, so that they cost lists and subscriptions little. The absence of tasks is not cached.
 */
export class DurationEstimates {
  private readonly cache: LRUCache<string, Estimate>;

  constructor(
    private readonly db: Db,
    private readonly clock: Clock,
  ) {
    const perf = { now: () => clock.now().getTime() };
    this.cache = new LRUCache({ max: cachedKindsMax, ttl: ttlMs, ttlResolution: 0, perf });
  }

  static kindOf({ model, durationSec, hd }: TaskRow): string {
    return JSON.stringify([model, durationSec, hd]);
  }

  /** The estimated end of an unfinished task, never in the past. */
  finishOf(task: TaskRow, estimate: Estimate): Date {
    const { startedAt, createdAt } = task;
    const finishMs = startedAt
      ? startedAt.getTime() + estimate.madeMs
      : createdAt.getTime() + estimate.wholeMs;
    return new Date(Math.max(finishMs, this.clock.now().getTime()));
  }

  /** For a request's loader: at most one statement. */
  readonly load = async (kinds: readonly string[]): Promise<Map<string, Estimate>> => {
    const stale = kinds.filter((kind) => !this.cache.has(kind));
    if (stale.length > 0) {
      // Simultaneous calls use the old estimate instead of reading the same one.
      for (const kind of stale) this.cache.set(kind, this.cache.get(kind, { allowStale: true }));
      for (const { kind, ...estimate } of await readEstimates(this.db, stale)) this.cache.set(kind, estimate);
    }
    return new Map(
      kinds.flatMap((kind) => {
        const estimate = this.cache.get(kind);
        return estimate ? [[kind, estimate]] : [];
      }),
    );
  };
}

/** One index scan per kind, independent of the number of tasks. */
async function readEstimates(db: Db, kinds: readonly string[]): Promise<(Estimate & { kind: string })[]> {
  const rows = await db.execute<{ kind: string; whole_ms: number; made_ms: number }>(sql`
    select requested.kind, percentile_cont(0.5) within group (order by recent.whole_ms) as whole_ms,
      percentile_cont(0.5) within group (order by recent.made_ms) as made_ms
    from unnest(${sql.param([...kinds])}::text[]) as requested(kind)
    cross join lateral (
      select extract(epoch from t.finished_at - t.created_at) * 1000 as whole_ms,
        extract(epoch from t.finished_at - coalesce(t.started_at, t.created_at)) * 1000 as made_ms
      from tasks t
      where t.status = 'SUCCESS' and t.model = requested.kind::jsonb ->> 0
        and t.duration_sec = (requested.kind::jsonb -> 1)::int and t.hd = (requested.kind::jsonb -> 2)::boolean
      order by t.finished_at desc limit ${sampleMax}
    ) recent
    group by requested.kind`);
  return rows.map((row) => ({ kind: row.kind, wholeMs: row.whole_ms, madeMs: row.made_ms }));
}
