import { integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";

/** Counters that all servers share. Unlogged: a crash of the database empties it, which restarts the windows. */
export const sharedCounts = pgTable("shared_counts", {
  key: text("key").primaryKey(),
  points: integer("points").notNull(),
  expire: timestamp("expire", { withTimezone: true, precision: 3 }),
});
