import { sql } from "drizzle-orm";
import { index, jsonb, pgTable, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";

/** One row per successful call with a key. The sweep deletes old rows. */
export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    userId: uuid("user_id").notNull(),
    mutation: text("mutation").notNull(),
    key: text("key").notNull(),
    /** SHA-256 of the input, hex: different input with the same key is rejected. */
    inputHash: text("input_hash").notNull(),
    /** Repeated calls are answered from it: ids, never links, which expire. */
    result: jsonb("result").notNull(),
    createdAt: timestamp("created_at", { withTimezone: true, precision: 3 })
      .notNull()
      .default(sql`clock_timestamp()`),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.mutation, t.key] }),
    index("idempotency_keys_created").on(t.createdAt),
  ],
);
