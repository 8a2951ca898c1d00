import { sql } from "drizzle-orm";
import type { MetricSource } from "../../platform/metrics/database-metrics.js";
import { feedSnapshots } from "./feed.tables.js";
import { rankedFeeds } from "./snapshots.repository.js";

/** The age of each feed's order. Reads the newest snapshot of each feed by the primary key. */
export const feedMetrics: MetricSource = {
  metrics: [
    {
      name: "skyriff_feed_snapshot_age_seconds",
      help: "Time since the order of this feed was last confirmed; it grows while the feed is not read",
      type: "gauge",
      labels: ["feed"],
    },
  ],
  async read(db) {
    const rows = await db.execute<{ feed: string; age_sec: number }>(sql`
      select feed.name as feed,
        greatest(extract(epoch from clock_timestamp() - newest.current_at), 0)::float8 as age_sec
      from unnest(${sql.param([...rankedFeeds])}::text[]) as feed(name)
      cross join lateral (
        select s.current_at from ${feedSnapshots} s where s.feed = feed.name order by s.version desc limit 1
      ) newest`);
    return rows.map(({ feed, age_sec }) => ({
      name: "skyriff_feed_snapshot_age_seconds",
      labels: { feed },
      value: age_sec,
    }));
  },
};
