import { sql } from "drizzle-orm";
import type { MetricSource, Sample } from "../metrics/database-metrics.js";
import { countLiveWorkers } from "./worker-liveness.js";

/** Dead letters are a queue like the others. */
export const jobMetrics: MetricSource = {
  metrics: [
    {
      name: "skyriff_queue_jobs",
      help: "Jobs by queue: ready to run, due later, running",
      type: "gauge",
      labels: ["queue", "state"],
    },
    {
      name: "skyriff_queue_lag_seconds",
      help: "How long the job that has been ready longest has waited",
      type: "gauge",
      labels: ["queue"],
    },
    { name: "skyriff_workers", help: "Workers that are at work", type: "gauge" },
  ],
  async read(db) {
    const rows = await db.execute<{
      queue: string;
      ready: number;
      later: number;
      running: number;
      lag: number;
    }>(sql`
      select q.name as queue, coalesce(j.ready, 0)::int as ready, coalesce(j.later, 0)::int as later,
        coalesce(j.running, 0)::int as running,
        coalesce(greatest(0, extract(epoch from clock_timestamp() - j.due)), 0)::float8 as lag
      from pgboss.queue q
      left join (
        select name,
          count(*) filter (where state < 'active' and start_after <= clock_timestamp()) as ready,
          count(*) filter (where state < 'active' and start_after > clock_timestamp()) as later,
          count(*) filter (where state = 'active') as running,
          min(start_after) filter (where state < 'active') as due
        from pgboss.job where state in ('created', 'retry', 'active') group by name
      ) j on j.name = q.name
      where not starts_with(q.name, '__pgboss')`);
    const queues = rows.flatMap(({ queue, lag, ...counts }): Sample[] => [
      { name: "skyriff_queue_lag_seconds", labels: { queue }, value: lag },
      ...Object.entries(counts).map(([state, value]) => ({
        name: "skyriff_queue_jobs",
        labels: { queue, state },
        value,
      })),
    ]);
    return [...queues, { name: "skyriff_workers", value: await countLiveWorkers(db) }];
  },
};
