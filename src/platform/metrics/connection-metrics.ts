import { sql } from "drizzle-orm";
import { livenessLockClass } from "../jobs/worker-liveness.js";
import type { MetricSource } from "./database-metrics.js";

/** Who is connected to the database, and how many workers are at work. */
export const connectionMetrics: MetricSource = {
  metrics: [
    {
      name: "skyriff_database_connections",
      help: "Connections to this database, by what for and what they do",
      type: "gauge",
      labels: ["application", "state"],
    },
    {
      name: "skyriff_database_connections_max",
      help: "How many connections the database server takes",
      type: "gauge",
    },
    { name: "skyriff_workers", help: "Workers that are at work", type: "gauge" },
  ],
  async read(db) {
    const connections = await db.execute<{ application: string; state: string; n: number }>(sql`
      select case when application_name like 'skyriff%' then application_name else 'other' end as application,
        coalesce(state, 'unknown') as state, count(*)::int as n
      from pg_stat_activity
      where datname = current_database() and backend_type = 'client backend'
      group by 1, 2`);
    const [server] = await db.execute<{ max: number; workers: number }>(sql`
      select current_setting('max_connections')::int as max, (
        select count(*)::int from pg_locks l join pg_database d on d.oid = l.database
        where d.datname = current_database() and l.locktype = 'advisory' and l.granted
          and l.classid = ${livenessLockClass} and l.objsubid = 2
      ) as workers`);
    return [
      ...connections.map(({ application, state, n }) => ({
        name: "skyriff_database_connections",
        labels: { application, state },
        value: n,
      })),
      { name: "skyriff_database_connections_max", value: server?.max ?? 0 },
      { name: "skyriff_workers", value: server?.workers ?? 0 },
    ];
  },
};
