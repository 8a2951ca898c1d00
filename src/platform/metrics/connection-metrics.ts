import { sql } from "drizzle-orm";
import type { MetricSource } from "./database-metrics.js";

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
  ],
  async read(db) {
    const connections = await db.execute<{ application: string; state: string; n: number }>(sql`
      select case when application_name like 'skyriff%' then application_name else 'other' end as application,
        coalesce(state, 'unknown') as state, count(*)::int as n
      from pg_stat_activity
      where datname = current_database() and backend_type = 'client backend'
      group by 1, 2`);
    const [server] = await db.execute<{ max: number }>(
      sql`select current_setting('max_connections')::int as max`,
    );
    return [
      ...connections.map(({ application, state, n }) => ({
        name: "skyriff_database_connections",
        labels: { application, state },
        value: n,
      })),
      { name: "skyriff_database_connections_max", value: server?.max ?? 0 },
    ];
  },
};
