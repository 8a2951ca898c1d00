import { PgBoss } from "pg-boss";
import type { Logger } from "pino";
import type { Db, Tx } from "../db/index.js";
import type { EventBus } from "../events/event-bus.js";
import { serializeRequestInfo } from "../observability/request-info.js";
import { bossDatabase } from "./boss-database.js";
import type { AnyQueue, JobQueue, Jobs, NewJob } from "./jobs.js";

export const deadLetterQueue = "dead-letters";
/** A worker that is silent for this long has died; its jobs go to another. pg-boss takes no less than 10. */
const heartbeatSec = 10;

/** pg-boss with our names: the one place that knows the job library. */
export class BossJobs implements Jobs {
  private constructor(
    readonly boss: PgBoss,
    private readonly bus: EventBus,
  ) {}

  /**
   * Brings the library's own tables and our queues up to date. `supervise` is for processes with workers:
   * they also look after crashed ones and send what is due by the clock.
   */
  static async start(options: {
    /** A pool of its own: jobs are fetched and kept alive however busy requests are. */
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
      // Its spans and figures: ours tell the same in our own words.
      openTelemetry: { enabled: false },
    });
    boss.on("error", (err) => options.logger.warn({ err }, "the job queue met an error"));
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
    // One that came in between, to run later, has kept ours out.
    await this.boss.update(queue.name, undefined, now);
  }

  async enqueueNow<P extends object>(queue: JobQueue<P>, jobs: NewJob<P>[]): Promise<void> {
    await this.boss.insert(queue.name, jobs.map(toInsert));
    this.announce(queue);
  }

  announce(queue: { name: string }, delayMs = 0): void {
    this.bus.publish("jobs-ready", { queue: queue.name, delayMs });
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
  // "short": of the jobs with one key only one waits at a time, while others of it may be running.
  await boss.createQueue(queue.name, { ...options, policy: "short" });
  await boss.updateQueue(queue.name, options);
}

function toInsert<P extends object>(job: NewJob<P>) {
  return {
    data: { ...job.payload, origin: job.origin ?? serializeRequestInfo() },
    ...(job.onceKey && { singletonKey: job.onceKey }),
    ...(job.group && { group: { id: job.group } }),
    // An interval, which the database adds to its own time.
    ...(job.delayMs && { startAfter: `${Math.ceil(job.delayMs)} milliseconds` }),
  };
}
