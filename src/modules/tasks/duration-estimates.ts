import { sql } from "drizzle-orm";
import type { Clock } from "../../platform/base/clock.js";
import type { Db } from "../../platform/db/index.js";
import type { TaskRow } from "./tasks.repository.js";

/** How long tasks of one kind took lately, in ms, each a median. */
interface Estimate {
  /** From the order to the end. */
  wholeMs: number;
  /** From the vendor's start to the end. */
  madeMs: number;
}

/** So many of the newest are looked at: enough to be steady, few enough to follow a vendor's moods. */
const learnedFromMax = 50;
const ttlMs = 10_000;

/**
 * Learns from the tasks that succeeded lately how long one of the same model, length and hd takes.
 * What was learned is kept for some seconds, so that lists and subscriptions cost next to nothing;
 * that there is nothing to learn from is asked anew each time.
 */
export class DurationEstimates {
  private readonly cached = new Map<string, { usual: Estimate; until: number }>();

  constructor(
    private readonly db: Db,
    private readonly clock: Clock,
  ) {}

  static kindOf({ model, durationSec, hd }: TaskRow): string {
    return JSON.stringify([model, durationSec, hd]);
  }

  /** When an unfinished task will probably end: never in the past. */
  finishOf(task: TaskRow, usual: Estimate): Date {
    const { startedAt, createdAt } = task;
    const probably = startedAt ? startedAt.getTime() + usual.madeMs : createdAt.getTime() + usual.wholeMs;
    return new Date(Math.max(probably, this.clock.now().getTime()));
  }

  /** By kinds, for a request's loader: at most one statement. */
  readonly load = async (kinds: readonly string[]): Promise<Map<string, Estimate>> => {
    const now = this.clock.now().getTime();
    const unknown = kinds.filter((kind) => (this.cached.get(kind)?.until ?? 0) <= now);
    if (unknown.length > 0) {
      // Who comes while this is learned anew takes what was known, and does not ask as well.
      for (const kind of unknown) this.keep(kind, this.cached.get(kind)?.usual, now);
      for (const { kind, ...usual } of await learn(this.db, unknown)) this.keep(kind, usual, now);
    }
    return new Map(kinds.flatMap((kind) => asEntry(kind, this.cached.get(kind)?.usual)));
  };

  private keep(kind: string, usual: Estimate | undefined, now: number): void {
    if (usual) this.cached.set(kind, { usual, until: now + ttlMs });
  }
}

function asEntry(kind: string, usual: Estimate | undefined): [string, Estimate][] {
  return usual ? [[kind, usual]] : [];
}

/** One look into the index of ended tasks for each kind, however many tasks there are. */
async function learn(db: Db, kinds: readonly string[]): Promise<(Estimate & { kind: string })[]> {
  const rows = await db.execute<{ kind: string; whole_ms: number; made_ms: number }>(sql`
    select asked.kind, percentile_cont(0.5) within group (order by recent.whole_ms) as whole_ms,
      percentile_cont(0.5) within group (order by recent.made_ms) as made_ms
    from unnest(${sql.param([...kinds])}::text[]) as asked(kind)
    cross join lateral (
      select extract(epoch from t.finished_at - t.created_at) * 1000 as whole_ms,
        extract(epoch from t.finished_at - coalesce(t.started_at, t.created_at)) * 1000 as made_ms
      from tasks t
      where t.status = 'SUCCESS' and t.model = asked.kind::jsonb ->> 0
        and t.duration_sec = (asked.kind::jsonb -> 1)::int and t.hd = (asked.kind::jsonb -> 2)::boolean
      order by t.finished_at desc limit ${learnedFromMax}
    ) recent
    group by asked.kind`);
  return rows.map((row) => ({ kind: row.kind, wholeMs: row.whole_ms, madeMs: row.made_ms }));
}
