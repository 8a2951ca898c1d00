import { sql } from "drizzle-orm";
import { check, index, pgTable, smallint, text, timestamp, uuid } from "drizzle-orm/pg-core";

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

/**
 * The record of downloads without watermark: who received which file. A row is written in the transaction of the charge
 * and deleted in that of its refund. It refers to no other table, because it outlives the video and the account.
 */
export const downloadRecords = pgTable(
  "download_records",
  {
    /** The DOWNLOAD_SPEND. Each has one record. */
    spendId: uuid("spend_id").primaryKey(),
    userId: uuid("user_id").notNull(),
    videoId: uuid("video_id").notNull(),
    /** Of the original file, hex. */
    sha256: text("sha256").notNull(),
    /** Of the accepted terms. Null if there were none. */
    termsVersion: text("terms_version"),
    /** The client's network address. Null for downloads from before there was a record. */
    address: text("address"),
    /** Time of the charge, as in the statement. */
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    index("download_records_by_video").on(t.videoId, t.createdAt, t.spendId),
    index("download_records_by_sha256").on(t.sha256, t.createdAt, t.spendId),
    index("download_records_by_user").on(t.userId, t.createdAt, t.spendId),
    index("download_records_by_time").on(t.createdAt),
    check("download_records_sha256_form", sql`${t.sha256} ~ '^[0-9a-f]{64}$'`),
  ],
);

/** One row: the time since which no record was purged. The audit expects a record of each download since then. */
export const downloadRetention = pgTable(
  "download_retention",
  {
    id: smallint("id").primaryKey().default(1),
    completeSince: instant("complete_since").notNull(),
  },
  (t) => [check("download_retention_one_row", sql`${t.id} = 1`)],
);
