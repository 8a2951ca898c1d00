import { and, eq, lt, sql } from "drizzle-orm";
import type { Db, Queryable, Tx } from "../../../platform/db/index.js";
import { isAnyOf } from "../../../platform/db/prepared.js";
import { videoIngests, videos } from "../videos.tables.js";

/** One attempt to write the files of a video, each in its own folder. */
export interface Ingest {
  id: string;
  videoId: string;
}

/** An ingest that was not renewed for 15 s, by the database's clock, counts as dead. */
const isAbandoned = lt(videoIngests.renewedAt, sql`clock_timestamp() - interval '15 seconds'`);
const columns = { id: videoIngests.id, videoId: videoIngests.videoId };

/** False while another ingest of the same video is active. */
export async function insertIngest(tx: Tx, { id, videoId }: Ingest): Promise<boolean> {
  const begun = await tx
    .insert(videoIngests)
    .values({ id, videoId })
    .onConflictDoNothing()
    .returning(columns);
  return begun.length > 0;
}

/** Ends and returns dead ingests, of one video or of all videos. */
export function endAbandonedIngests(tx: Tx, videoId: string | null): Promise<Ingest[]> {
  const ofVideo = videoId === null ? undefined : eq(videoIngests.videoId, videoId);
  return tx.delete(videoIngests).where(and(isAbandoned, ofVideo)).returning(columns);
}

/** False if the ingest has already ended, either finished or presumed dead. */
export async function endIngest(tx: Tx, id: string): Promise<boolean> {
  const ended = await tx.delete(videoIngests).where(eq(videoIngests.id, id)).returning(columns);
  return ended.length > 0;
}

export async function renewIngest(db: Db, id: string): Promise<void> {
  await db.update(videoIngests).set({ renewedAt: sql`clock_timestamp()` }).where(eq(videoIngests.id, id));
}

/** Those of these ingests that are active. */
export function findActiveIngests(db: Queryable, ids: readonly string[]): Promise<Ingest[]> {
  return db.select(columns).from(videoIngests).where(isAnyOf(videoIngests.id, ids));
}

/** True if the video uses the files of this ingest. */
export async function isIngestOfVideo(tx: Tx, { id, videoId }: Ingest): Promise<boolean> {
  const found = await tx
    .select({ id: videos.id })
    .from(videos)
    .where(and(eq(videos.id, videoId), eq(videos.ingestId, id)));
  return found.length > 0;
}
