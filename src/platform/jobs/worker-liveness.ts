import { randomInt } from "node:crypto";
import { type SQL, sql } from "drizzle-orm";
import type { Logger } from "pino";
import { connectDatabase, type Database, type Db, type Queryable } from "../db/index.js";

/** The first half of the advisory locks' keys; the second half is the worker's id. */
const livenessLockClass = 771_940;
const renewIntervalMs = 3_000;
/** After a failover all workers have to take their locks again, so until then a missing lock proves nothing. */
const failoverGraceMs = 15_000;

/**
 * Distinguishes live workers from crashed ones. Each worker holds an advisory lock with its id on a
 * connection of its own, and PostgreSQL releases the lock when the process ends, for whatever reason.
 */
export class WorkerLiveness {
  readonly workerId = randomInt(1, 2 ** 31 - 1);
  private readonly lockDatabase: Database;
  private timer: NodeJS.Timeout | undefined;
  /** When this worker lost its lock and took it again (`performance.now()`). */
  private lockRetakenAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    directUrl: string,
    private readonly db: Db,
    private readonly logger: Logger,
  ) {
    this.lockDatabase = connectDatabase({
      ...{ url: directUrl, poolSize: 1, applicationName: "skyriff-presence" },
      ...{ statementTimeoutMs: 5_000, maxLifetimeMs: Number.POSITIVE_INFINITY },
    });
  }

  async start(): Promise<void> {
    await this.takeLock();
    this.timer = setInterval(() => {
      this.renewLock().catch((err) =>
        this.logger.warn({ err }, "could not renew this worker's liveness lock; retrying every 3 s"),
      );
    }, renewIntervalMs);
  }

  /**
   * In doubt the answer is true, and a crash is detected somewhat later: while the database does not have
   * this worker's own lock either, as right after a failover, and during the grace period that follows.
   */
  async isAlive(workerId: number): Promise<boolean> {
    if (performance.now() - this.lockRetakenAtMs < failoverGraceMs) return true;
    const [row] = await this.db.execute<{ alive: boolean }>(sql`
      select ${isHeld(workerId)} or not ${isHeld(this.workerId)} as alive`);
    return row?.alive === true;
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.lockDatabase.close();
  }

  private async renewLock(): Promise<void> {
    if (await this.takeLock()) this.lockRetakenAtMs = performance.now();
  }

  /** Takes the lock unless this connection holds it. Returns whether it was missing. */
  private async takeLock(): Promise<boolean> {
    const rows = await this.lockDatabase.db.execute(sql`
      select pg_advisory_lock(${livenessLockClass}, ${this.workerId})
      where not exists (
        select from pg_locks
        where pid = pg_backend_pid() and locktype = 'advisory'
          and classid = ${livenessLockClass} and objid = ${this.workerId} and objsubid = 2
      )`);
    return rows.length > 0;
  }
}

export async function countLiveWorkers(db: Queryable): Promise<number> {
  const [row] = await db.execute<{ count: number }>(sql`select count(*)::int as count from ${livenessLocks}`);
  return row?.count ?? 0;
}

const livenessLocks = sql`pg_locks l join pg_database d on d.oid = l.database
  where d.datname = current_database() and l.locktype = 'advisory' and l.granted
    and l.classid = ${livenessLockClass} and l.objsubid = 2`;

function isHeld(workerId: number): SQL {
  return sql`exists (select from ${livenessLocks} and l.objid = ${workerId})`;
}
