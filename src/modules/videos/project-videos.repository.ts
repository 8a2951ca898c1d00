import { and, asc, eq, getTableColumns, isNull, sql } from "drizzle-orm";
import { planned, unnest } from "../../platform/db/planned-rows.js";
import { type Db, isAnyOf, type Tx } from "../../platform/db.js";
import type { VideoRow } from "./videos.repository.js";
import { videos } from "./videos.tables.js";

/** A project, and whose it is: bare UUIDs. */
export interface OwnedProject {
  id: string;
  userId: string;
}

/** Of each from the index alone, in the order asked for. */
const counts = planned(
  sql`select (
      select count(*)::int from ${videos} where ${videos.userId} = asked.user_id
        and ${videos.projectId} = asked.project_id and ${videos.deletedAt} is null
    ) from ${unnest({ userIds: "uuid", projectIds: "uuid" })} with ordinality as asked(user_id, project_id, nth)
    order by asked.nth`,
  ([count]) => count as number,
);

/** How many videos each of the projects has, deleted ones left out. */
export function countVideosByProject(db: Db, projects: readonly OwnedProject[]): Promise<number[]> {
  return counts(db, {
    userIds: projects.map(({ userId }) => userId),
    projectIds: projects.map(({ id }) => id),
  });
}

/** Moves those of the videos that are the user's own and not deleted, and tells which these are. */
export async function moveToProject(
  tx: Tx,
  userId: string,
  ids: readonly string[],
  projectId: string | null,
): Promise<VideoRow[]> {
  const own = and(isAnyOf(videos.id, ids), eq(videos.userId, userId), isNull(videos.deletedAt));
  // Locked in the order of their ids: two moves of the same videos must not wait for each other.
  const locked = tx.select({ id: videos.id }).from(videos).where(own).orderBy(asc(videos.id)).for("update");
  const rows = await locked;
  if (rows.length < ids.length) return [];
  return tx.update(videos).set({ projectId }).where(own).returning(getTableColumns(videos));
}
