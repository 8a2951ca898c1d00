import { index, pgTable, text, timestamp } from "drizzle-orm/pg-core";

/** Documents by their SHA-256 in hex, for all servers. Unlogged: clients send lost ones again. */
export const sharedTexts = pgTable(
  "shared_texts",
  {
    hash: text("hash").primaryKey(),
    text: text("text").notNull(),
    /** The caller that stored it. */
    owner: text("owner").notNull(),
    storedAt: timestamp("stored_at", { withTimezone: true }).notNull(),
  },
  (table) => [
    index("shared_texts_of_owner").on(table.owner, table.storedAt),
    index("shared_texts_in_order").on(table.storedAt),
  ],
);
