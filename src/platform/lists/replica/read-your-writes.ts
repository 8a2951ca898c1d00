import { lt, sql } from "drizzle-orm";
import { Batcher } from "../../async/batcher.js";
import type { Db } from "../../db/index.js";
import { arrayOf, isAnyOf } from "../../db/prepared.js";
import { recentWrites } from "./recent-writes.tables.js";
import { walPosition } from "./wal-position.js";

/** Longer than a usable replica can lag. */
const ttlMs = 10 * 60_000;
const batches = { concurrency: 2, batchSizeMax: 200 };

/**
 * The position in the write-ahead log after each user's last write. It is stored on the primary, so that
 * all servers see it immediately. Marks of many users are read and written in one statement.
 */
export class WriteMarks {
  private readonly reads: Batcher<string, bigint | null>;
  private readonly writes: Batcher<string, null>;

  constructor(private readonly primary: Db) {
    this.reads = new Batcher({ run: (userIds) => this.readAll(userIds), ...batches });
    this.writes = new Batcher({ run: (userIds) => this.writeAll(userIds), ...batches });
  }

  /** Call it between the commit and the response. */
  async mark(userId: string): Promise<void> {
    await this.writes.add(userId);
  }

  /** Null if the user has not written lately. */
  positionOf(userId: string): Promise<bigint | null> {
    return this.reads.add(userId);
  }

  private async readAll(userIds: readonly string[]): Promise<(bigint | null)[]> {
    const rows = await this.primary
      .select({ userId: recentWrites.userId, position: recentWrites.position })
      .from(recentWrites)
      .where(isAnyOf(recentWrites.userId, [...new Set(userIds)]));
    const positions = new Map(rows.map((row) => [row.userId, walPosition(row.position)]));
    return userIds.map((userId) => positions.get(userId) ?? null);
  }

  /** Rows are locked in the order of their ids, so that concurrent statements cannot deadlock. */
  private async writeAll(userIds: readonly string[]): Promise<null[]> {
    const sortedIds = sql.param([...new Set(userIds)].toSorted());
    await this.primary.execute(sql`
      insert into ${recentWrites} as known (user_id, position, written_at)
      select id, pg_current_wal_insert_lsn(), now() from unnest(${arrayOf(sortedIds, "uuid")}) with ordinality as users(id, n)
      order by n
      on conflict (user_id) do update
      set position = greatest(known.position, excluded.position), written_at = excluded.written_at`);
    return userIds.map(() => null);
  }
}

export async function deleteOldWriteMarks(db: Db, now: Date): Promise<void> {
  await db.delete(recentWrites).where(lt(recentWrites.writtenAt, new Date(now.getTime() - ttlMs)));
}
