import { PgBoss } from "pg-boss";
import type { Logger } from "pino";
import type { Db, Tx } from "../db/index.js";
import type { EventBus } from "../events/event-bus.js";
import { serializeRequestInfo } from "../observability/request-info.js";
import { bossDatabase } from "./boss-database.js";
import { type AnyQueue, type JobQueue, type Jobs, jobsReady, type NewJob } from "./jobs.js";

export const deadLetterQueue = "dead-letters";
/** Without a heartbeat for this long, another worker runs the job. The minimum of pg-boss is 10. */
const heartbeatSec = 10;

/** Jobs on pg-boss, which only this folder depends on. */
export class BossJobs implements Jobs {
  private constructor(
    readonly boss: PgBoss,
    private readonly bus: EventBus,
  ) {}

  /**
   * Creates or updates pg-boss's tables and our queues. `supervise` is for processes with workers: they
   * also detect expired heartbeats and enqueue scheduled jobs.
   */
  static async start(options: {
    /** A separate pool, so that busy requests do not delay fetches and heartbeats. */
    db: Db;
    bus: EventBus;
    logger: Logger;
    queues: readonly AnyQueue[];
    supervise: boolean;
  }): Promise<BossJobs> {
    const boss = new PgBoss({
      db: bossDatabase(options.db),
      schedule: options.supervise,
      supervise: options.supervise,
      superviseIntervalSeconds: 5,
      monitorIntervalSeconds: 5,
      registerInstance: false,
      // We have our own spans and metrics.
      openTelemetry: { enabled: false },
    });
    boss.on("error", (err) => options.logger.warn({ err }, "the job queue reported an error"));
    await boss.start();
    await boss.createQueue(deadLetterQueue);
    for (const queue of options.queues) await ensureQueue(boss, queue);
    return new BossJobs(boss, options.bus);
  }

  async enqueue<P extends object>(tx: Tx, queue: JobQueue<P>, jobs: NewJob<P>[]): Promise<void> {
    await this.boss.insert(queue.name, jobs.map(toInsert), { db: bossDatabase(tx) });
  }

  async bringForward<P extends object>(
    tx: Tx,
    queue: JobQueue<P>,
    job: NewJob<P> & { onceKey: string },
  ): Promise<void> {
    const now = { singletonKey: job.onceKey, startAfter: 0, db: bossDatabase(tx) };
    const { updated } = await this.boss.update(queue.name, undefined, now);
    if (updated > 0) return;
    await this.enqueue(tx, queue, [job]);
    // A delayed job with this key, enqueued in between, makes pg-boss drop ours.
    await this.boss.update(queue.name, undefined, now);
  }

  async enqueueNow<P extends object>(queue: JobQueue<P>, jobs: NewJob<P>[]): Promise<void> {
    await this.boss.insert(queue.name, jobs.map(toInsert));
    if (jobs.some(({ delayMs }) => !delayMs)) this.announce(queue);
  }

  announce(queue: { name: string }, delayMs = 0): void {
    this.bus.publish(jobsReady, { queue: queue.name, delayMs });
  }

  async stop(): Promise<void> {
    await this.boss.stop({ graceful: false, close: true });
  }
}

async function ensureQueue(boss: PgBoss, queue: AnyQueue): Promise<void> {
  const options = {
    retryLimit: queue.retryLimit,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 60,
    expireInSeconds: queue.expireInSec,
    heartbeatSeconds: heartbeatSec,
    deadLetter: deadLetterQueue,
    deleteAfterSeconds: 3600,
  };
  // "short": at most one job with the same key is waiting, while others may be running.
  await boss.createQueue(queue.name, { ...options, policy: "short" });
  await boss.updateQueue(queue.name, options);
}

function toInsert<P extends object>(job: NewJob<P>) {
  return {
    data: { ...job.payload, origin: job.origin ?? serializeRequestInfo() },
    ...(job.onceKey && { singletonKey: job.onceKey }),
    ...(job.group && { group: { id: job.group } }),
    // An interval, so that the due time goes by the database's clock.
    ...(job.delayMs && { startAfter: `${Math.ceil(job.delayMs)} milliseconds` }),
  };
}
