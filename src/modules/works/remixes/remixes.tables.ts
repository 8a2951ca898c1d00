import { sql } from "drizzle-orm";
import { check, integer, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { works } from "../works.tables.js";

/**
 * The works that a remix was made from, as of its first publication: the four nearest and the original. The rows of
 * deleted works stay.
 */
export const workLineage = pgTable(
  "work_lineage",
  {
    workId: uuid("work_id")
      .notNull()
      .references(() => works.id),
    /** How many steps back. The original has its true distance. */
    level: integer("level").notNull(),
    sourceId: uuid("source_id")
      .notNull()
      .references(() => works.id),
    /** The source's title at that time. */
    title: text("title").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workId, t.level] }),
    check("work_lineage_level", sql`${t.level} >= 1`),
    check("work_lineage_not_itself", sql`${t.sourceId} <> ${t.workId}`),
  ],
);
