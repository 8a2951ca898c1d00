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

/** The label in the files of a video. */
export interface StoredAiLabel {
  producer: string;
  contentId: string;
  signed: boolean;
}

/** Finished videos. The row of a deleted video stays, because the ledger and the user's video count need it. */
export const videos = pgTable(
  "videos",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id").notNull(),
    /** A task has at most one video. */
    taskId: uuid("task_id").notNull(),
    /** A project of the same user. A deleted project counts as none. */
    projectId: uuid("project_id").references(() => projects.id),
    durationSec: integer("duration_sec").notNull(),
    ratio: text("ratio").notNull(),
    /** Pixels, bytes and checksum of the original file. */
    width: integer("width").notNull(),
    height: integer("height").notNull(),
    byteSize: bigint("byte_size", { mode: "number" }).notNull(),
    sha256: text("sha256").notNull(),
    /** Part of its files' keys. Null for videos from before ingests had ids. */
    ingestId: uuid("ingest_id"),
    /** Preview and stills by file name. Null for videos from before they were recorded. */
    madeFiles: jsonb("made_files").$type<FileDigests>(),
    /** Null for videos from before files were labeled. */
    aiLabel: jsonb("ai_label").$type<StoredAiLabel>(),
    downloadCount: integer("download_count").notNull().default(0),
    createdAt: instant("created_at").notNull().default(sql`clock_timestamp()`),
    deletedAt: instant("deleted_at"),
  },
  (t) => [
    uniqueIndex("videos_one_per_task").on(t.taskId),
    // Ascending and scanned backwards. Drizzle's desc() adds NULLS LAST, which a newest-first query could not use.
    index("videos_by_user").on(t.userId, t.createdAt, t.id).where(sql`${t.deletedAt} is null`),
    // Lists a project in order and counts its videos with an index-only scan.
    index("videos_by_project")
      .on(t.userId, t.projectId, t.createdAt, t.id)
      .where(sql`${t.deletedAt} is null and ${t.projectId} is not null`),
    // Includes deleted videos, to count all that a user ever generated.
    index("videos_made_by_user").on(t.userId),
    check("videos_size_positive", sql`${t.width} > 0 and ${t.height} > 0 and ${t.byteSize} > 0`),
    check("videos_sha256_form", sql`${t.sha256} ~ '^[0-9a-f]{64}$'`),
    check("videos_download_count_not_negative", sql`${t.downloadCount} >= 0`),
  ],
);

/**
 * Active ingests: a worker is writing the files of a video. The row is deleted in the transaction that assigns the
 * files to the video or queues their deletion.
 */
export const videoIngests = pgTable("video_ingests", {
  /** Part of its files' keys. */
  id: uuid("id").primaryKey(),
  /** At most one ingest per video at a time. */
  videoId: uuid("video_id").notNull().unique(),
  startedAt: instant("started_at").notNull().default(sql`clock_timestamp()`),
  /** Renewed every 3 s by the worker. An old value means that the worker died. */
  renewedAt: instant("renewed_at").notNull().default(sql`clock_timestamp()`),
});
