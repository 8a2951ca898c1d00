import { date, index, pgTable, primaryKey, timestamp, uuid } from "drizzle-orm/pg-core";

// No foreign keys: each would lock the work's row for every like. Rows of works and users are never deleted.
const workId = () => uuid("work_id").notNull();
const userId = () => uuid("user_id").notNull();
const createdAt = () => timestamp("created_at", { withTimezone: true, precision: 3 }).notNull();

export const workLikes = pgTable(
  "work_likes",
  { workId: workId(), userId: userId(), createdAt: createdAt() },
  (t) => [
    primaryKey({ columns: [t.workId, t.userId] }),
    index("work_likes_by_user").on(t.userId, t.createdAt, t.workId),
  ],
);

export const workFavorites = pgTable(
  "work_favorites",
  { workId: workId(), userId: userId(), createdAt: createdAt() },
  (t) => [
    primaryKey({ columns: [t.workId, t.userId] }),
    index("work_favorites_by_user").on(t.userId, t.createdAt, t.workId),
  ],
);

export const workShares = pgTable(
  "work_shares",
  { workId: workId(), userId: userId(), createdAt: createdAt() },
  (t) => [primaryKey({ columns: [t.workId, t.userId] }), index("work_shares_by_user").on(t.userId)],
);

/** One row for each viewer, work and UTC day. */
export const workViews = pgTable(
  "work_views",
  { workId: workId(), userId: userId(), day: date("day").notNull() },
  (t) => [primaryKey({ columns: [t.workId, t.userId, t.day] })],
);
