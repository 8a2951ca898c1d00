import { customType, pgTable, timestamp, uuid } from "drizzle-orm/pg-core";

const pgLsn = customType<{ data: string }>({ dataType: () => "pg_lsn" });

/**
 * The users who wrote recently, with the position that a replica must have replayed to show it. Unlogged: it is empty
 * after a crash and on a replica. Only written if there is a replica. The sweep deletes old rows.
 */
export const recentWrites = pgTable("recent_writes", {
  userId: uuid("user_id").primaryKey(),
  /** PostgreSQL's write-ahead log position right after the user's last write. */
  position: pgLsn("position").notNull(),
  writtenAt: timestamp("written_at", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
});
