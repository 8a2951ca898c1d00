import { sql } from "drizzle-orm";
import {
  bigserial,
  boolean,
  check,
  doublePrecision,
  index,
  integer,
  pgEnum,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { users } from "../accounts/accounts.tables.js";
import { videos } from "../videos/videos.tables.js";

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

export const workStatus = pgEnum("work_status", ["PUBLISHED", "UNPUBLISHED", "REMOVED"]);

/** Published videos. The row of a deleted work stays, because statements and remixes refer to it. */
export const works = pgTable(
  "works",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    videoId: uuid("video_id")
      .notNull()
      .references(() => videos.id),
    taskId: uuid("task_id").notNull(),
    title: text("title").notNull(),
    description: text("description").notNull(),
    /** The author's own words, copied from the task. They never change. */
    prompt: text("prompt").notNull(),
    /** The length of the text that the vendor was sent: with the prompts of the works that it was made from. */
    joinedPromptLength: integer("joined_prompt_length").notNull(),
    /** The work that it was made from; null for an original. */
    remixOf: uuid("remix_of"),
    promptPriceCredits: integer("prompt_price_credits").notNull(),
    remixable: boolean("remixable").notNull(),
    remixFeeCredits: integer("remix_fee_credits").notNull(),
    status: workStatus("status").notNull(),
    /** Part of the keys of its public files. Null while it has none. */
    publicationId: uuid("publication_id"),
    durationSec: integer("duration_sec").notNull(),
    ratio: text("ratio").notNull(),
    width: integer("width").notNull(),
    height: integer("height").notNull(),
    model: text("model").notNull(),
    /** Grows with every change of this row. */
    revision: integer("revision").notNull().default(1),
    /** First publication. */
    publishedAt: instant("published_at").notNull().default(sql`clock_timestamp()`),
    updatedAt: instant("updated_at").notNull().default(sql`clock_timestamp()`),
    removedAt: instant("removed_at"),
    /** For the author, in the operator's words. */
    removalReason: text("removal_reason"),
    /** The status that `works restore` gives back. */
    statusBeforeRemoval: workStatus("status_before_removal"),
    /** Its video was deleted. */
    deletedAt: instant("deleted_at"),
  },
  (t) => [
    uniqueIndex("works_one_per_video").on(t.videoId),
    index("works_published")
      .on(t.publishedAt, t.id)
      .where(sql`${t.status} = 'PUBLISHED' and ${t.deletedAt} is null`),
    index("works_published_by_user")
      .on(t.userId, t.publishedAt, t.id)
      .where(sql`${t.status} = 'PUBLISHED' and ${t.deletedAt} is null`),
    index("works_remixes_published")
      .on(t.remixOf, t.publishedAt, t.id)
      .where(sql`${t.status} = 'PUBLISHED' and ${t.deletedAt} is null`),
    index("works_by_source").on(t.remixOf).where(sql`${t.remixOf} is not null`),
    index("works_by_user").on(t.userId, t.publishedAt, t.id),
    check("works_title_length", sql`char_length(${t.title}) between 1 and 200`),
    check("works_description_length", sql`char_length(${t.description}) <= 2000`),
    check("works_prompt_price_range", sql`${t.promptPriceCredits} between 0 and 100`),
    check("works_remix_fee_range", sql`${t.remixFeeCredits} between 0 and 100`),
    check(
      "works_public_files_while_published",
      sql`(${t.publicationId} is not null) = (${t.status} = 'PUBLISHED' and ${t.deletedAt} is null)`,
    ),
    check(
      "works_removal_is_complete",
      sql`(${t.status} = 'REMOVED') = (${t.removedAt} is not null)
        and (${t.removedAt} is null) = (${t.removalReason} is null)
        and (${t.removedAt} is null) = (${t.statusBeforeRemoval} is null)`,
    ),
  ],
);

/**
 * Counts of a work, in a narrow table, because they change all the time. Neither the author nor suspended users count.
 * `work_stat_deltas` holds what is not added yet.
 */
export const workStats = pgTable(
  "work_stats",
  {
    workId: uuid("work_id")
      .primaryKey()
      .references(() => works.id),
    likes: integer("likes").notNull().default(0),
    favorites: integer("favorites").notNull().default(0),
    shares: integer("shares").notNull().default(0),
    views: integer("views").notNull().default(0),
    tips: integer("tips").notNull().default(0),
    /** Different users. */
    tippers: integer("tippers").notNull().default(0),
    tippedCredits: integer("tipped_credits").notNull().default(0),
    /** Published ones. */
    remixes: integer("remixes").notNull().default(0),
    /** Grows whenever deltas are added. */
    revision: integer("revision").notNull().default(0),
    publishedAt: instant("published_at").notNull(),
    /** For the feed DISCOVER: see `discoverScore`. Null while the work is not published. */
    discoverScore: doublePrecision("discover_score"),
  },
  (t) => [
    index("work_stats_discover")
      .on(t.discoverScore, t.publishedAt, t.workId)
      .where(sql`${t.discoverScore} is not null`),
    index("work_stats_recent").on(t.publishedAt, t.workId).where(sql`${t.discoverScore} is not null`),
    check(
      "work_stats_not_negative",
      sql`least(${t.likes}, ${t.favorites}, ${t.shares}, ${t.views}, ${t.tips}, ${t.tippers}, ${t.tippedCredits}, ${t.remixes}) >= 0`,
    ),
  ],
);

const delta = (name: string) => integer(name).notNull().default(0);

/** Changes of `work_stats` that are not added yet, so that many likes of one work never wait for its row. */
export const workStatDeltas = pgTable(
  "work_stat_deltas",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    workId: uuid("work_id").notNull(),
    likes: delta("likes"),
    favorites: delta("favorites"),
    shares: delta("shares"),
    views: delta("views"),
    tips: delta("tips"),
    tippers: delta("tippers"),
    tippedCredits: delta("tipped_credits"),
    remixes: delta("remixes"),
  },
  (t) => [index("work_stat_deltas_by_work").on(t.workId)],
);
