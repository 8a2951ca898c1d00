import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";

/** The order that a feed had at one time, so that the pages of one chain neither skip nor repeat a work. */
export const feedSnapshots = pgTable(
  "feed_snapshots",
  {
    /** DISCOVER or HOT. */
    feed: text("feed").notNull(),
    version: bigint("version", { mode: "number" }).notNull(),
    madeAt: timestamp("made_at", { withTimezone: true, precision: 3 })
      .notNull()
      .default(sql`clock_timestamp()`),
    /** When it was last found to be the feed's order. */
    currentAt: timestamp("current_at", { withTimezone: true, precision: 3 })
      .notNull()
      .default(sql`clock_timestamp()`),
    /** At most 2,000 works. */
    ids: uuid("ids").array().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.feed, t.version] }),
    index("feed_snapshots_by_age").on(t.currentAt),
    check("feed_snapshots_size", sql`cardinality(${t.ids}) <= 2000`),
  ],
);

/** The creators who were tipped most, as of one time. A list is replaced by the next one, because it has no pages. */
export const creatorRankings = pgTable(
  "creator_rankings",
  {
    /** A RankingPeriod. */
    period: text("period").primaryKey(),
    madeAt: timestamp("made_at", { withTimezone: true, precision: 3 })
      .notNull()
      .default(sql`clock_timestamp()`),
    /** At most 10,000 users, in their order. The other lists have the same order. */
    userIds: uuid("user_ids").array().notNull(),
    credits: bigint("credits", { mode: "number" }).array().notNull(),
    tippers: integer("tippers").array().notNull(),
  },
  (t) => [
    check(
      "creator_rankings_lists_of_one_size",
      sql`cardinality(${t.userIds}) <= 10000 and cardinality(${t.credits}) = cardinality(${t.userIds})
        and cardinality(${t.tippers}) = cardinality(${t.userIds})`,
    ),
  ],
);
