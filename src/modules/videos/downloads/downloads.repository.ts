import { and, desc, eq, type SQL, sql } from "drizzle-orm";
import type { Db, Queryable, Tx } from "../../../platform/db/index.js";
import { prepare, RowMapper } from "../../../platform/db/prepared.js";
import type { VideoRow } from "../videos.repository.js";
import { videos } from "../videos.tables.js";
import { downloadRecords, downloadRetention } from "./downloads.tables.js";

export type DownloadRecord = typeof downloadRecords.$inferSelect;

/** One paid download. The checksum and the time are taken from the video and the charge. */
export type SoldDownload = Pick<
  DownloadRecord,
  "spendId" | "userId" | "videoId" | "termsVersion" | "address"
>;

const videoRow = RowMapper.of(videos);
const $ = sql.placeholder;

const countAndRecord = prepare(
  sql`with counted as (
      update videos set download_count = download_count + 1
      where id = ${$("videoId")}::uuid and user_id = ${$("userId")}::uuid and deleted_at is null
      returning *
    ), recorded as (
      insert into download_records (spend_id, user_id, video_id, sha256, terms_version, address, created_at)
      select s.id, c.user_id, c.id, c.sha256, ${$("termsVersion")}::text, ${$("address")}::text, s.created_at
      from counted c join ledger_transfers s on s.id = ${$("spendId")}::uuid
    )
    select ${videoRow.selection} from counted as videos`,
  (values) => videoRow.read(values),
);

/**
 * Adds one to the download count and writes the record, in the transaction of the charge. Null if the video does not
 * belong to this user or is deleted.
 */
export async function recordDownload(tx: Tx, sold: SoldDownload): Promise<VideoRow | null> {
  const [counted] = await countAndRecord(tx, sold);
  return counted ?? null;
}

/** Reverts `recordDownload`, in the transaction of the refund: the user received nothing. */
export async function revertDownload(tx: Tx, { videoId, spendKey }: { videoId: string; spendKey: string }) {
  await tx.execute(sql`with dropped as (
      delete from download_records r using ledger_transfers s where s.key = ${spendKey} and r.spend_id = s.id
    )
    update videos set download_count = download_count - 1 where id = ${videoId}::uuid`);
}

/** Of one video, file or user. */
export type DownloadFilter = Partial<Pick<DownloadRecord, "videoId" | "sha256" | "userId">>;

const recordsPerPage = 1_000;

/** The record, newest first, in pages, so that memory does not grow with its length. */
export async function* listDownloads(db: Queryable, filter: DownloadFilter): AsyncGenerator<DownloadRecord> {
  const t = downloadRecords;
  const conditions = Object.entries(filter).map(([name, value]) =>
    eq(t[name as keyof DownloadFilter], value),
  );
  let older: SQL | undefined;
  for (;;) {
    const page = await db
      .select()
      .from(t)
      .where(and(...conditions, older))
      .orderBy(desc(t.createdAt), desc(t.spendId))
      .limit(recordsPerPage);
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < recordsPerPage) return;
    older = sql`(${t.createdAt}, ${t.spendId}) < (${last.createdAt.toISOString()}::timestamptz, ${last.spendId}::uuid)`;
  }
}

const deletedAtOnce = 10_000;

/** Moves the boundary first: the audit expects no record of an earlier download, whether or not it is deleted yet. */
export async function deleteOldDownloadRecords(db: Db, before: Date): Promise<void> {
  const { completeSince } = downloadRetention;
  const time = sql`${before.toISOString()}::timestamptz`;
  await db.update(downloadRetention).set({ completeSince: sql`greatest(${completeSince}, ${time})` });
  for (let deleted = deletedAtOnce; deleted === deletedAtOnce; ) {
    const rows = await db.execute(sql`delete from download_records where spend_id in (
      select spend_id from download_records where created_at < ${time} order by created_at limit ${deletedAtOnce}
    ) returning 1`);
    deleted = rows.length;
  }
}
