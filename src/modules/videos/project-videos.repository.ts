import { and, asc, count, eq, getTableColumns, isNotNull, isNull } from "drizzle-orm";
import { isAnyOf, type Queryable, type Tx } from "../../platform/db.js";
import type { VideoRow } from "./videos.repository.js";
import { videos } from "./videos.tables.js";

/** How many videos each project has, deleted ones left out. Projects without any are left out. */
export async function countVideosByProject(
  db: Queryable,
  projects: readonly { id: string; userId: string }[],
): Promise<Map<string, number>> {
  const projectIds = projects.map(({ id }) => id);
  const userIds = [...new Set(projects.map(({ userId }) => userId))];
  const rows = await db
    .select({ projectId: videos.projectId, videos: count() })
    .from(videos)
    .where(
      and(
        isAnyOf(videos.userId, userIds),
        isAnyOf(videos.projectId, projectIds),
        isNotNull(videos.projectId),
        isNull(videos.deletedAt),
      ),
    )
    .groupBy(videos.projectId);
  return new Map(rows.map((row) => [row.projectId as string, row.videos]));
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
