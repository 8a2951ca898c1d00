import { sql } from "drizzle-orm";
import type { MetricSource } from "../../platform/metrics/database-metrics.js";
import { reports } from "./reports.tables.js";

/** Reports that wait for an operator. Read from the index of open reports. */
export const reportMetrics: MetricSource = {
  metrics: [
    { name: "skyriff_open_reports", help: "Reports that no operator has closed", type: "gauge" },
    {
      name: "skyriff_oldest_open_report_seconds",
      help: "Time since the oldest open report was first sent",
      type: "gauge",
    },
  ],
  async read(db) {
    const [row] = await db.execute<{ open: number; oldest_sec: number }>(sql`
      select count(*)::int as open,
        coalesce(greatest(extract(epoch from clock_timestamp() - min(created_at)), 0), 0)::float8 as oldest_sec
      from ${reports} where closed_at is null`);
    return [
      { name: "skyriff_open_reports", value: row?.open ?? 0 },
      { name: "skyriff_oldest_open_report_seconds", value: row?.oldest_sec ?? 0 },
    ];
  },
};
