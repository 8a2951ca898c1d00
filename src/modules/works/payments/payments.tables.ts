import { sql } from "drizzle-orm";
import {
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

// No foreign keys, as for reactions: rows of works and users are never deleted.

/** Tips. The payment's key is `tip:` and the id. */
export const tips = pgTable(
  "tips",
  {
    id: uuid("id").primaryKey(),
    workId: uuid("work_id").notNull(),
    userId: uuid("user_id").notNull(),
    authorId: uuid("author_id").notNull(),
    credits: integer("credits").notNull(),
    createdAt: instant("created_at").notNull(),
    reversedAt: instant("reversed_at"),
  },
  (t) => [
    index("tips_by_work").on(t.workId),
    // For rankings: tips of a time, and the mutual ones among them.
    index("tips_by_time").on(t.createdAt).where(sql`${t.reversedAt} is null`),
    index("tips_between").on(t.userId, t.authorId, t.createdAt),
    check("tips_steps", sql`${t.credits} in (10, 20, 50, 100)`),
    check("tips_not_to_oneself", sql`${t.userId} <> ${t.authorId}`),
  ],
);

/** The tips of one user for one work, without reversed ones. */
export const workTippers = pgTable(
  "work_tippers",
  {
    workId: uuid("work_id").notNull(),
    userId: uuid("user_id").notNull(),
    tips: integer("tips").notNull(),
    credits: integer("credits").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workId, t.userId] }),
    index("work_tippers_by_user").on(t.userId),
    check("work_tippers_not_negative", sql`${t.tips} >= 0 and ${t.credits} >= 0`),
  ],
);

/** Prompts that were paid for. The payment's key is `unlock:` and the id. */
export const promptUnlocks = pgTable(
  "prompt_unlocks",
  {
    id: uuid("id").primaryKey(),
    workId: uuid("work_id").notNull(),
    userId: uuid("user_id").notNull(),
    authorId: uuid("author_id").notNull(),
    /** The work's title at that time. */
    title: text("title").notNull(),
    credits: integer("credits").notNull(),
    createdAt: instant("created_at").notNull(),
    reversedAt: instant("reversed_at"),
  },
  (t) => [
    // A prompt is paid for once. After a reversal it can be bought again.
    uniqueIndex("prompt_unlocks_once").on(t.workId, t.userId).where(sql`${t.reversedAt} is null`),
    index("prompt_unlocks_by_user").on(t.userId, t.createdAt, t.id).where(sql`${t.reversedAt} is null`),
    check("prompt_unlocks_price_range", sql`${t.credits} between 1 and 100`),
    check("prompt_unlocks_not_own", sql`${t.userId} <> ${t.authorId}`),
  ],
);
