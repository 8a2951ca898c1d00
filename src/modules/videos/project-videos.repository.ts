import { and, asc, eq, isNull, sql } from "drizzle-orm";
import type { Db, Tx } from "../../platform/db/index.js";
import { isAnyOf, prepare, unnest } from "../../platform/db/prepared.js";
import type { VideoRow } from "./videos.repository.js";
import { videos } from "./videos.tables.js";

/** A project and its owner, as bare UUIDs. */
export interface OwnedProject {
  id: string;
  userId: string;
}

/** One index-only count for each project, in the order of the input. */
const selectCounts = prepare(
  sql`select (
      select count(*)::int from ${videos} where ${videos.userId} = request.user_id
        and ${videos.projectId} = request.project_id and ${videos.deletedAt} is null
    ) from ${unnest({ userIds: "uuid", projectIds: "uuid" })} with ordinality as request(user_id, project_id, nth)
    order by request.nth`,
  ([count]) => count as number,
);

/** Counts the videos of each project, without deleted ones. */
export function countVideosByProject(db: Db, projects: readonly OwnedProject[]): Promise<number[]> {
  return selectCounts(db, {
    userIds: projects.map(({ userId }) => userId),
    projectIds: projects.map(({ id }) => id),
  });
}

/**
 * Locks and returns those of the videos that the user owns and that are not deleted. Locking in id order prevents a
 * deadlock between two moves of the same videos.
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
