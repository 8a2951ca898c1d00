import { and, count, eq, isNull, sql } from "drizzle-orm";
import { isAnyOf, type Queryable, type Tx } from "../../platform/db/index.js";
import { prepareFindByIds } from "../../platform/db/prepared.js";
import { videos } from "./videos.tables.js";

/** A video as the database has it. Ids are bare UUIDs. */
export type VideoRow = typeof videos.$inferSelect;

export type NewVideo = Omit<typeof videos.$inferInsert, "downloadCount" | "deletedAt">;

/** A task's video. Inserting it again changes nothing. */
export async function insertVideo(tx: Tx, video: NewVideo): Promise<void> {
  await tx.insert(videos).values(video).onConflictDoNothing({ target: videos.taskId });
}

/** A user's own videos that are not deleted, in no order. */
export function findOwnVideos(db: Queryable, userId: string, ids: readonly string[]): Promise<VideoRow[]> {
  return db
    .select()
    .from(videos)
    .where(and(isAnyOf(videos.id, ids), eq(videos.userId, userId), isNull(videos.deletedAt)));
}

/** Of any user, deleted ones too. The caller looks whose they are, and whether they are. */
export const videosByIds = prepareFindByIds(videos);

/** The videos of these tasks that are not deleted. The caller has checked whose tasks they are. */
export function findVideosOfTasks(db: Queryable, taskIds: readonly string[]): Promise<VideoRow[]> {
  return db
    .select()
    .from(videos)
    .where(and(isAnyOf(videos.taskId, taskIds), isNull(videos.deletedAt)));
}

/** From now on it is only a name in the ledger. Null when it is not this user's, or deleted already. */
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

/** The video with one download more. Null when it is not this user's, or is deleted by now. */
export async function countDownload(tx: Tx, userId: string, id: string): Promise<VideoRow | null> {
  const [counted] = await tx
    .update(videos)
    .set({ downloadCount: sql`${videos.downloadCount} + 1` })
    .where(and(eq(videos.id, id), eq(videos.userId, userId), isNull(videos.deletedAt)))
    .returning();
  return counted ?? null;
}

/** A download that was charged and then given back did not happen. */
export async function uncountDownload(tx: Tx, id: string): Promise<void> {
  await tx
    .update(videos)
    .set({ downloadCount: sql`${videos.downloadCount} - 1` })
    .where(eq(videos.id, id));
}

/** How many videos each user ever made, deleted ones included. Users without any are left out. */
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
