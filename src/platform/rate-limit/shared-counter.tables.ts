import { integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";

/**
 * What all servers count together, each count until it expires. Unlogged: a crash of the database
 * forgets it, and nothing that matters is lost.
 */
export const sharedCounts = pgTable("shared_counts", {
  key: text("key").primaryKey(),
  points: integer("points").notNull(),
  expire: timestamp("expire", { withTimezone: true, precision: 3 }),
});
