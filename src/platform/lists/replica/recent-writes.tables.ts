import { customType, pgTable, timestamp, uuid } from "drizzle-orm/pg-core";

const pgLsn = customType<{ data: string }>({ dataType: () => "pg_lsn" });

/**
 * Who wrote lately, and how far a replica must have come to know of it. Unlogged: a crash forgets it,
 * and a replica has it not. Kept only where there is a replica; old rows are deleted by the sweep.
 */
export const recentWrites = pgTable("recent_writes", {
  userId: uuid("user_id").primaryKey(),
  /** PostgreSQL's write-ahead log position right after the user's last write. */
  position: pgLsn("position").notNull(),
  writtenAt: timestamp("written_at", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
});
