import { and, asc, eq, isNull, sql } from "drizzle-orm";
import { type Db, isAnyOf, type Tx } from "../../platform/db/index.js";
import { prepare, unnest } from "../../platform/db/prepared.js";
import type { VideoRow } from "./videos.repository.js";
import { videos } from "./videos.tables.js";

/** A project, and whose it is: bare UUIDs. */
export interface OwnedProject {
  id: string;
  userId: string;
}

/** Of each from the index alone, in the order asked for. */
const selectCounts = prepare(
  sql`select (
      select count(*)::int from ${videos} where ${videos.userId} = asked.user_id
        and ${videos.projectId} = asked.project_id and ${videos.deletedAt} is null
    ) from ${unnest({ userIds: "uuid", projectIds: "uuid" })} with ordinality as asked(user_id, project_id, nth)
    order by asked.nth`,
  ([count]) => count as number,
);

/** How many videos each of the projects has, deleted ones left out. */
export function countVideosByProject(db: Db, projects: readonly OwnedProject[]): Promise<number[]> {
  return selectCounts(db, {
    userIds: projects.map(({ userId }) => userId),
    projectIds: projects.map(({ id }) => id),
  });
}

/**
 * Those of the videos that are the user's own and not deleted. They are locked in the order of their ids,
 * so that two moves of the same videos do not wait for each other.
 */
export function lockOwnVideos(tx: Tx, userId: string, ids: readonly string[]): Promise<VideoRow[]> {
  return tx
    .select()
    .from(videos)
    .where(and(isAnyOf(videos.id, ids), eq(videos.userId, userId), isNull(videos.deletedAt)))
    .orderBy(asc(videos.id))
    .for("update");
}

/** Moves videos that `lockOwnVideos` has locked. */
export async function setProject(tx: Tx, ids: readonly string[], projectId: string | null): Promise<void> {
  await tx.update(videos).set({ projectId }).where(isAnyOf(videos.id, ids));
}
