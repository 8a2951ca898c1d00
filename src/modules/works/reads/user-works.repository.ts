import { eq, type SQL, sql } from "drizzle-orm";
import type { Queryable } from "../../../platform/db/index.js";
import { isAnyOf } from "../../../platform/db/prepared.js";
import { isPublished } from "../visibility.js";
import { workStats, works } from "../works.tables.js";

export interface UserWorkStats {
  userId: string;
  published: number;
  likes: number;
  tippedCredits: number;
}

const withWaiting = (column: "likes" | "tippedCredits", isCounted: SQL) =>
  sql<number>`coalesce(sum(${workStats[column]} + coalesce(waiting.${sql.identifier(workStats[column].name)}, 0))
    filter (where ${isCounted}), 0)::int`;

/** Sums over the works of each user: published ones, except that tips count whatever became of the work. Users without works are absent. */
export function workStatsOfUsers(db: Queryable, userIds: readonly string[]): Promise<UserWorkStats[]> {
  const ofThem = isAnyOf(works.userId, userIds);
  const waiting = sql`waiting_work_counts(array(select ${works.id} from ${works} where ${ofThem})) waiting`;
  return db
    .select({
      userId: works.userId,
      published: sql<number>`(count(*) filter (where ${isPublished}))::int`,
      likes: withWaiting("likes", isPublished),
      tippedCredits: withWaiting("tippedCredits", sql`true`),
    })
    .from(works)
    .innerJoin(workStats, eq(workStats.workId, works.id))
    .leftJoin(waiting, sql`waiting.work_id = ${works.id}`)
    .where(ofThem)
    .groupBy(works.userId);
}
