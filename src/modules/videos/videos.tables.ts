import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { FileDigests } from "../../platform/storage/file-digest.js";
import { projects } from "../projects/projects.tables.js";

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

/** The videos that were made. A deleted one stays as a row, since the ledger and the count know it. */
export const videos = pgTable(
  "videos",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id").notNull(),
    /** A task makes one video at most. */
    taskId: uuid("task_id").notNull(),
    /** A project of the same user. A deleted one counts as none. */
    projectId: uuid("project_id").references(() => projects.id),
    durationSec: integer("duration_sec").notNull(),
    ratio: text("ratio").notNull(),
    /** Pixels, bytes and checksum of the clean file. */
    width: integer("width").notNull(),
    height: integer("height").notNull(),
    byteSize: bigint("byte_size", { mode: "number" }).notNull(),
    sha256: text("sha256").notNull(),
    /** Part of its files' names. Null for videos made before ingests had ids. */
    ingestId: uuid("ingest_id"),
    /** The files made from the clean one, by their names. Null for videos made before they were noted. */
    madeFiles: jsonb("made_files").$type<FileDigests>(),
    downloadCount: integer("download_count").notNull().default(0),
    createdAt: instant("created_at").notNull().default(sql`clock_timestamp()`),
    deletedAt: instant("deleted_at"),
  },
  (t) => [
    uniqueIndex("videos_one_per_task").on(t.taskId),
    // Ascending, and read backwards: what drizzle makes of desc() sorts nulls last, and a list that
    // asks for the newest first could not use it.
    index("videos_by_user").on(t.userId, t.createdAt, t.id).where(sql`${t.deletedAt} is null`),
    // Lists a project in order, and counts it without a look at the rows.
    index("videos_by_project")
      .on(t.userId, t.projectId, t.createdAt, t.id)
      .where(sql`${t.deletedAt} is null and ${t.projectId} is not null`),
    // Holds deleted ones too: it counts all that a user ever made.
    index("videos_made_by_user").on(t.userId),
    check("videos_size_positive", sql`${t.width} > 0 and ${t.height} > 0 and ${t.byteSize} > 0`),
    check("videos_sha256_form", sql`${t.sha256} ~ '^[0-9a-f]{64}$'`),
    check("videos_download_count_not_negative", sql`${t.downloadCount} >= 0`),
  ],
);

/**
 * Ingests under way: workers that write the files of a video. The row ends in the transaction that makes
 * the files a video's, or that queues their deletion.
 */
export const videoIngests = pgTable("video_ingests", {
  /** Part of its files' names. */
  id: uuid("id").primaryKey(),
  /** One at a time. */
  videoId: uuid("video_id").notNull().unique(),
  startedAt: instant("started_at").notNull().default(sql`clock_timestamp()`),
  /** A worker that has died renews it no more. */
  renewedAt: instant("renewed_at").notNull().default(sql`clock_timestamp()`),
});
