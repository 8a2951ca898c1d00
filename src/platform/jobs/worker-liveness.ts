import { randomInt } from "node:crypto";
import { type SQL, sql } from "drizzle-orm";
import type { Logger } from "pino";
import { connectDatabase, type Database, type Db } from "../db/index.js";

/** The first half of the advisory locks' key; the second is the worker's number. */
export const livenessLockClass = 771_940;
const renewIntervalMs = 3_000;
/** After a failover every worker has to take its lock again; until then a missing one proves nothing. */
const failoverGraceMs = 15_000;

/**
 * Tells a worker that is still at work from one that died: each holds an advisory lock under its
 * number on a connection of its own, and the lock ends with the process, however that ends.
 */
export class WorkerLiveness {
  readonly workerId = randomInt(1, 2 ** 31 - 1);
  private readonly own: Database;
  private timer: NodeJS.Timeout | undefined;
  /** When this worker had to take its lock again (`performance.now()`). */
  private takenAgainAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    directUrl: string,
    private readonly db: Db,
    private readonly logger: Logger,
  ) {
    this.own = connectDatabase({
      ...{ url: directUrl, poolSize: 1, applicationName: "skyriff-presence" },
      ...{ statementTimeoutMs: 5_000, maxLifetimeMs: Number.POSITIVE_INFINITY },
    });
  }

  async start(): Promise<void> {
    await this.takeLock();
    this.timer = setInterval(() => {
      this.renew().catch((err) => this.logger.warn({ err }, "this worker's presence could not be renewed"));
    }, renewIntervalMs);
  }

  /**
   * In doubt the answer is yes, and a worker that died is found a moment later: while the database does
   * not know of this worker either, since it has just taken over from another, and shortly after that.
   */
  async isAlive(workerId: number): Promise<boolean> {
    if (performance.now() - this.takenAgainAtMs < failoverGraceMs) return true;
    const [row] = await this.db.execute<{ answer: boolean }>(sql`
      select ${isHeld(workerId)} or not ${isHeld(this.workerId)} as answer`);
    return row?.answer === true;
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.own.close();
  }

  private async renew(): Promise<void> {
    if (await this.takeLock()) this.takenAgainAtMs = performance.now();
  }

  /** Takes the lock unless this connection holds it. Answers whether it had to. */
  private async takeLock(): Promise<boolean> {
    const rows = await this.own.db.execute(sql`
      select pg_advisory_lock(${livenessLockClass}, ${this.workerId})
      where not exists (
        select from pg_locks
        where pid = pg_backend_pid() and locktype = 'advisory'
          and classid = ${livenessLockClass} and objid = ${this.workerId} and objsubid = 2
      )`);
    return rows.length > 0;
  }
}

function isHeld(workerId: number): SQL {
  return sql`exists (
    select from pg_locks l join pg_database d on d.oid = l.database
    where d.datname = current_database() and l.locktype = 'advisory' and l.granted
      and l.classid = ${livenessLockClass} and l.objid = ${workerId} and l.objsubid = 2
  )`;
}
