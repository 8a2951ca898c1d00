import { and, count, eq, isNull, or, sql } from "drizzle-orm";
import type { Queryable, Tx } from "../../platform/db/index.js";
import { isAnyOf, prepareFindByIds } from "../../platform/db/prepared.js";
import { videos } from "./videos.tables.js";

/** A row of `videos`. Ids are bare UUIDs. */
export type VideoRow = typeof videos.$inferSelect;

export type NewVideo = Omit<typeof videos.$inferInsert, "downloadCount" | "deletedAt">;

/** Idempotent: a second video for the same task is ignored. */
export async function insertVideo(tx: Tx, video: NewVideo): Promise<void> {
  await tx.insert(videos).values(video).onConflictDoNothing({ target: videos.taskId });
}

/** Videos of this user that are not deleted, in no particular order. */
export function findOwnVideos(db: Queryable, userId: string, ids: readonly string[]): Promise<VideoRow[]> {
  return db
    .select()
    .from(videos)
    .where(and(isAnyOf(videos.id, ids), eq(videos.userId, userId), isNull(videos.deletedAt)));
}

/** Videos of any user, including deleted ones. The caller must check owner and deletion. */
export const videosByIds = prepareFindByIds(videos);

/** Videos of these tasks that are not deleted. The caller must have checked the tasks' owner. */
export function findVideosOfTasks(db: Queryable, taskIds: readonly string[]): Promise<VideoRow[]> {
  return db
    .select()
    .from(videos)
    .where(and(isAnyOf(videos.taskId, taskIds), isNull(videos.deletedAt)));
}

/** The file with this checksum, of a deleted video too. Reads all rows, for an operator. */
export async function findFileByChecksum(
  db: Queryable,
  sha256: string,
): Promise<{ videoId: string; fileName: string } | null> {
  const isMade = sql`jsonb_path_exists(${videos.madeFiles}, '$.*.sha256 ? (@ == $sum)', jsonb_build_object('sum', ${sha256}::text))`;
  const [video] = await db
    .select()
    .from(videos)
    .where(or(eq(videos.sha256, sha256), isMade))
    .limit(1);
  if (!video) return null;
  const made = Object.entries(video.madeFiles ?? {}).find(([, digest]) => digest.sha256 === sha256);
  return { videoId: video.id, fileName: made?.[0] ?? "clean.mp4" };
}

/** Null if the video does not belong to this user or is already deleted. */
export async function markDeleted(
  tx: Tx,
  userId: string,
  id: string,
  deletedAt: Date,
): Promise<VideoRow | null> {
  const [deleted] = await tx
    .update(videos)
    .set({ deletedAt })
    .where(and(eq(videos.id, id), eq(videos.userId, userId), isNull(videos.deletedAt)))
    .returning();
  return deleted ?? null;
}

/** Counts all videos that each user ever generated, including deleted ones. Users without videos are absent. */
export async function countVideosByUser(
  db: Queryable,
  userIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await db
    .select({ userId: videos.userId, made: count() })
    .from(videos)
    .where(isAnyOf(videos.userId, userIds))
    .groupBy(videos.userId);
  return new Map(rows.map(({ userId, made }) => [userId, made]));
}
