import { sql } from "drizzle-orm";
import { bigserial, check, index, integer, pgTable, primaryKey, timestamp, uuid } from "drizzle-orm/pg-core";
import { users } from "../accounts/accounts.tables.js";

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });
const userId = (name: string) =>
  uuid(name)
    .notNull()
    .references(() => users.id);

/** Rows stay while a user is banned, so that the end of the ban restores them. */
export const follows = pgTable(
  "follows",
  {
    followerId: userId("follower_id"),
    followedId: userId("followed_id"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.followerId, t.followedId] }),
    index("follows_of_follower").on(t.followerId, t.createdAt, t.followedId),
    index("follows_of_followed").on(t.followedId, t.createdAt, t.followerId),
    check("follows_not_oneself", sql`${t.followerId} <> ${t.followedId}`),
  ],
);

export const blocks = pgTable(
  "blocks",
  {
    blockerId: userId("blocker_id"),
    blockedId: userId("blocked_id"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.blockerId, t.blockedId] }),
    index("blocks_of_blocker").on(t.blockerId, t.createdAt, t.blockedId),
    index("blocks_of_blocked").on(t.blockedId, t.blockerId),
    check("blocks_not_oneself", sql`${t.blockerId} <> ${t.blockedId}`),
  ],
);

/**
 * A user's counts: followers that are not banned, and followed users that are not banned. Changes that are not
 * folded in yet are in `user_stat_deltas`. A user without a row has none of either.
 */
export const userStats = pgTable(
  "user_stats",
  {
    userId: uuid("user_id").primaryKey(),
    followers: integer("followers").notNull().default(0),
    following: integer("following").notNull().default(0),
  },
  (t) => [check("user_stats_not_negative", sql`${t.followers} >= 0 and ${t.following} >= 0`)],
);

/**
 * Changes of `user_stats`, so that users who follow the same user do not wait for one row. Without a foreign key: its
 * lock on the users' rows would let two concurrent bans wait for each other.
 */
export const userStatDeltas = pgTable(
  "user_stat_deltas",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    userId: uuid("user_id").notNull(),
    followers: integer("followers").notNull().default(0),
    following: integer("following").notNull().default(0),
  },
  (t) => [index("user_stat_deltas_of_user").on(t.userId)],
);
