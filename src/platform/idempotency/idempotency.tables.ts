import { sql } from "drizzle-orm";
import { index, jsonb, pgTable, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";

/** One row per successful call that carried a key. Old rows are deleted by the sweep. */
export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    userId: uuid("user_id").notNull(),
    mutation: text("mutation").notNull(),
    key: text("key").notNull(),
    /** SHA-256 of the input, hex: other input under the same key is refused. */
    inputHash: text("input_hash").notNull(),
    /** What the first call's answer is made from again: ids, never links. */
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
