import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Db, Queryable, Tx } from "../../../platform/db/index.js";
import { arrayOf, isAnyOf, prepare } from "../../../platform/db/prepared.js";
import { lockActiveUser } from "../../accounts/index.js";
import { videos } from "../../videos/videos.tables.js";
import { discoverScoreOf } from "../discover-score.js";
import type { WorkRow } from "../works.graphql.js";
import { workStatDeltas, workStats, works } from "../works.tables.js";

/** A video that is not deleted, and the work that it has. Ids are bare UUIDs. */
export interface PublishableVideo {
  id: string;
  userId: string;
  ingestId: string | null;
  work: Pick<WorkRow, "id" | "status"> | null;
}

const selectPublishableVideos = prepare(
  sql`select ${videos.id}, ${videos.userId}, ${videos.ingestId}, work.id, work.status
    from ${videos}
    left join lateral (select id, status from ${works} where ${works.videoId} = ${videos.id} offset 0) work on true
    where ${videos.id} = any(${arrayOf(sql.placeholder("ids"), "uuid")}) and ${videos.deletedAt} is null`,
  ([id, userId, ingestId, workId, status]) =>
    ({ id, userId, ingestId, work: workId === null ? null : { id: workId, status } }) as PublishableVideo,
);

/** Videos of any user, without deleted ones. The caller must check the owner. */
export const publishableVideosByIds = (db: Db, ids: readonly string[]) =>
  selectPublishableVideos(db, { ids });

/** Waits for a deletion of the video that is under way, and keeps a later one waiting. False if there is no such video. */
export async function lockOwnVideo(tx: Tx, userId: string, videoId: string): Promise<boolean> {
  const [locked] = await tx
    .select({ id: videos.id })
    .from(videos)
    .where(and(eq(videos.id, videoId), eq(videos.userId, userId), isNull(videos.deletedAt)))
    .for("share");
  return locked !== undefined;
}

export async function findWorkOfVideo(db: Queryable, videoId: string): Promise<WorkRow | null> {
  const [row] = await db.select().from(works).where(eq(works.videoId, videoId));
  return row ?? null;
}

export async function findWork(db: Queryable, id: string): Promise<WorkRow | null> {
  const [row] = await db.select().from(works).where(eq(works.id, id));
  return row ?? null;
}

/** Locks a work that is not deleted. The caller has locked the video before, if it locks both. */
export async function lockWork(tx: Tx, id: string): Promise<WorkRow | null> {
  const [row] = await tx
    .select()
    .from(works)
    .where(and(eq(works.id, id), isNull(works.deletedAt)))
    .for("update");
  return row ?? null;
}

/** Works that are not deleted, by the bare UUIDs of their videos. */
export async function worksOfVideos(
  db: Queryable,
  videoIds: readonly string[],
): Promise<Pick<WorkRow, "id" | "userId">[]> {
  return db
    .select({ id: works.id, userId: works.userId })
    .from(works)
    .where(and(isAnyOf(works.videoId, videoIds), isNull(works.deletedAt)));
}

/** Changes a work that is not deleted and has one of these statuses. Null if the user has no such work. */
export async function changeWork(
  db: Queryable,
  { id, userId, from }: { id: string; userId: string; from: WorkRow["status"][] },
  change: Partial<WorkRow>,
): Promise<WorkRow | null> {
  const [row] = await db
    .update(works)
    .set({ ...change, revision: sql`${works.revision} + 1`, updatedAt: sql`clock_timestamp()` })
    .where(
      and(eq(works.id, id), eq(works.userId, userId), isNull(works.deletedAt), inArray(works.status, from)),
    )
    .returning();
  return row ?? null;
}

const isPublic = ({ status, deletedAt }: Pick<WorkRow, "status" | "deletedAt">) =>
  status === "PUBLISHED" && deletedAt === null;

/**
 * Puts a changed work into the feeds and the count of remixes of its source, or takes it out of them, as its row says.
 * The caller has locked the row.
 */
export async function updatePublicState(
  tx: Tx,
  before: Pick<WorkRow, "status" | "deletedAt">,
  work: WorkRow,
): Promise<void> {
  const discoverScore = isPublic(work) ? discoverScoreOf(workStats, workStats.publishedAt) : null;
  await tx.update(workStats).set({ discoverScore }).where(eq(workStats.workId, work.id));
  const change = Number(isPublic(work)) - Number(isPublic(before));
  if (change !== 0) await countRemix(tx, work, change);
}

/** Suspended users and the author of the source do not count. A ban at the same time waits, and counts this change. */
async function countRemix(tx: Tx, { userId, remixOf }: WorkRow, change: number): Promise<void> {
  if (remixOf === null || !(await lockActiveUser(tx, userId))) return;
  await tx.execute(sql`
    insert into ${workStatDeltas} (work_id, remixes)
    select id, ${change}::int from ${works} where id = ${remixOf} and user_id <> ${userId}`);
}

/** For development data: the work was first published at this time. */
export async function backdateWork(tx: Tx, work: WorkRow, publishedAt: Date): Promise<void> {
  await tx.update(works).set({ publishedAt, updatedAt: publishedAt }).where(eq(works.id, work.id));
  await tx.update(workStats).set({ publishedAt }).where(eq(workStats.workId, work.id));
  await updatePublicState(tx, work, work);
}
