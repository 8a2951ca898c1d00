import DataLoader from "dataloader";
import { lt, sql } from "drizzle-orm";
import { type Db, isAnyOf } from "../../db/index.js";
import { recentWrites } from "./recent-writes.tables.js";
import { walPosition } from "./wal-position.js";

const ttlMs = 10 * 60_000;

/**
 * Who wrote lately, for all servers: kept on the primary, where every server finds it the moment it is
 * written. Many users' marks are read, and written, in one statement.
 */
export class WriteMarks {
  private readonly reader: DataLoader<string, bigint | null>;
  private readonly writer: DataLoader<string, null>;

  constructor(private readonly primary: Db) {
    this.reader = new DataLoader((userIds) => this.readAll(userIds), { cache: false });
    this.writer = new DataLoader((userIds) => this.writeAll(userIds), { cache: false });
  }

  /** Call it after the commit and before the answer. */
  async mark(userId: string): Promise<void> {
    await this.writer.load(userId);
  }

  /** Where the log stood after the user's last write; null if that is long ago. */
  positionOf(userId: string): Promise<bigint | null> {
    return this.reader.load(userId);
  }

  private async readAll(userIds: readonly string[]): Promise<(bigint | null)[]> {
    const rows = await this.primary
      .select({ userId: recentWrites.userId, position: recentWrites.position })
      .from(recentWrites)
      .where(isAnyOf(recentWrites.userId, [...new Set(userIds)]));
    const found = new Map(rows.map((row) => [row.userId, walPosition(row.position)]));
    return userIds.map((userId) => found.get(userId) ?? null);
  }

  /** In the order of their ids: two servers' statements must not wait for each other. */
  private async writeAll(userIds: readonly string[]): Promise<null[]> {
    const each = sql.param([...new Set(userIds)].toSorted());
    await this.primary.execute(sql`
      insert into ${recentWrites} as known (user_id, position, written_at)
      select id, pg_current_wal_insert_lsn(), now() from unnest(${each}::uuid[]) with ordinality as users(id, n)
      order by n
      on conflict (user_id) do update
      set position = greatest(known.position, excluded.position), written_at = excluded.written_at`);
    return userIds.map(() => null);
  }
}

/** A replica that is so far behind is not asked at all. */
export async function deleteOldWriteMarks(db: Db, now: Date): Promise<void> {
  await db.delete(recentWrites).where(lt(recentWrites.writtenAt, new Date(now.getTime() - ttlMs)));
}
