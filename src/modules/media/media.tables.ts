import { sql } from "drizzle-orm";
import { check, integer, jsonb, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";
import type { FileDigests } from "../../platform/storage/file-digest.js";
import { users } from "../accounts/accounts.tables.js";

/** Uploaded images. The row is written after all of its files, so every row has its files. */
export const media = pgTable(
  "media",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    mimeType: text("mime_type", { enum: ["image/jpeg", "image/png", "image/webp"] }).notNull(),
    /** Pixels and bytes of the stored file, which is upright and without metadata. */
    width: integer("width").notNull(),
    height: integer("height").notNull(),
    byteSize: integer("byte_size").notNull(),
    /** The image and its thumbnails by file name. Null for images from before they were recorded. */
    files: jsonb("files").$type<FileDigests>(),
    /** Whether the picture was made by AI: by its metadata, or by the user's word. */
    aiMark: text("ai_mark", { enum: ["NONE", "FOUND", "DECLARED"] })
      .notNull()
      .default("NONE"),
    createdAt: timestamp("created_at", { withTimezone: true, precision: 3 }).notNull(),
  },
  (t) => [
    check("media_mime_type", sql`${t.mimeType} in ('image/jpeg', 'image/png', 'image/webp')`),
    check("media_ai_mark", sql`${t.aiMark} in ('NONE', 'FOUND', 'DECLARED')`),
    check("media_size_positive", sql`${t.width} > 0 and ${t.height} > 0 and ${t.byteSize} > 0`),
  ],
);
