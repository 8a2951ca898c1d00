import { and, desc, eq, sql } from "drizzle-orm";
import { lockForTransaction, tryLockForTransaction } from "../../platform/db/advisory-lock.js";
import type { Db, Queryable, Tx } from "../../platform/db/index.js";
import { users } from "../accounts/accounts.tables.js";
import { workStats, works } from "../works/works.tables.js";
import { feedSnapshots } from "./feed.tables.js";

/** Feeds whose order changes with every reaction. */
export const rankedFeeds = ["DISCOVER", "HOT"] as const;
export type RankedFeed = (typeof rankedFeeds)[number];

/** The order of a feed at one time. Ids are bare UUIDs of works. */
export interface Snapshot {
  version: number;
  ids: string[];
  /** Milliseconds since it was last found to be the feed's order. */
  ageMs: number;
}

const ageMs = sql<number>`(extract(epoch from clock_timestamp() - ${feedSnapshots.currentAt}) * 1000)::float8`;
const columns = { version: feedSnapshots.version, ids: feedSnapshots.ids, ageMs };

export async function newestSnapshot(db: Queryable, feed: RankedFeed): Promise<Snapshot | null> {
  const [row] = await db
    .select(columns)
    .from(feedSnapshots)
    .where(eq(feedSnapshots.feed, feed))
    .orderBy(desc(feedSnapshots.version))
    .limit(1);
  return row ?? null;
}

export async function snapshotOf(db: Db, feed: RankedFeed, version: number): Promise<Snapshot | null> {
  const [row] = await db
    .select(columns)
    .from(feedSnapshots)
    .where(and(eq(feedSnapshots.feed, feed), eq(feedSnapshots.version, version)));
  return row ?? null;
}

const snapshotSizeMax = 2_000;

const orders = {
  DISCOVER: sql`order by ${workStats.discoverScore} desc, ${workStats.publishedAt} desc, ${workStats.workId} desc`,
  HOT: sql`and ${workStats.publishedAt} > statement_timestamp() - interval '24 hours'
    order by ${workStats.likes} desc, ${workStats.publishedAt} desc, ${workStats.workId} desc`,
};

/** Published works of authors who are not suspended. What only some viewers may not see is left out when a page is read. */
export async function readOrder(tx: Tx, feed: RankedFeed): Promise<string[]> {
  const rows = await tx.execute<{ work_id: string }>(sql`
    select ${workStats.workId} from ${workStats}
    join ${works} on ${works.id} = ${workStats.workId}
    join ${users} on ${users.id} = ${works.userId} and ${users.bannedAt} is null
    where ${workStats.discoverScore} is not null ${orders[feed]} limit ${snapshotSizeMax}`);
  return rows.map(({ work_id }) => work_id);
}

/** False if another transaction makes a snapshot of this feed. `wait` waits for it instead. */
export async function lockFeed(tx: Tx, feed: string, { wait }: { wait: boolean }): Promise<boolean> {
  const key = `feed-snapshot:${feed}`;
  if (!wait) return tryLockForTransaction(tx, key);
  await lockForTransaction(tx, key);
  return true;
}

/** Stores a new order, or says that the newest is still the order. */
export async function storeOrder(
  tx: Tx,
  feed: RankedFeed,
  ids: string[],
  newest: Snapshot | null,
): Promise<Snapshot> {
  if (newest && newest.ids.join() === ids.join()) {
    await tx
      .update(feedSnapshots)
      .set({ currentAt: sql`clock_timestamp()` })
      .where(and(eq(feedSnapshots.feed, feed), eq(feedSnapshots.version, newest.version)));
    return { ...newest, ageMs: 0 };
  }
  const version = (newest?.version ?? 0) + 1;
  await tx.insert(feedSnapshots).values({ feed, version, ids });
  return { version, ids, ageMs: 0 };
}

/** Deletes snapshots that no page may use any more. The newest of each feed stays, because the next one counts on from it. */
export async function deleteOldSnapshots(db: Db, keepMs: number): Promise<void> {
  await db.execute(sql`
    delete from ${feedSnapshots} old using (
      select feed, max(version) as version from ${feedSnapshots} group by feed
    ) newest
    where newest.feed = old.feed and old.version < newest.version
      and old.current_at < clock_timestamp() - ${keepMs} * interval '1 millisecond'`);
}
