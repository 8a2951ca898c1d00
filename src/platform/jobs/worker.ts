import { setTimeout as sleep } from "node:timers/promises";
import type { Job } from "pg-boss";
import type { Logger } from "pino";
import { isDatabaseUnavailable } from "../db/index.js";
import type { EventBus } from "../events/event-bus.js";
import type { Metrics } from "../metrics/metrics.js";
import type { BossJobs } from "./boss.js";
import { JobRunner } from "./job-runner.js";
import { crashPoint } from "./jobs.crash-points.js";
import { type AnyJobHandler, jobsReady } from "./jobs.js";
import { Poller } from "./poller.js";

const pollIntervalMs = 2_000;
/** Shorter while the database is unavailable, so that jobs start soon after its return. */
const retryIntervalMs = 500;
const heartbeatIntervalMs = 3_000;

interface QueueWorkerDeps {
  handler: AnyJobHandler;
  jobs: BossJobs;
  bus: EventBus;
  logger: Logger;
  jobSeconds: Metrics["jobSeconds"];
}

/**
 * Runs the jobs of one queue, up to its concurrency. It fetches jobs when it is notified of new ones, when
 * a running job ends, and every two seconds, so a slow job does not delay the others.
 */
export class QueueWorker {
  private readonly running = new Map<Job, Promise<void>>();
  private readonly runner: JobRunner;
  private readonly poller: Poller;
  private readonly heartbeat: NodeJS.Timeout;
  private readonly unsubscribe: () => void;
  private readonly stopping = new AbortController();
  private lastFetchFailed = false;
  private nextRetryAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly deps: QueueWorkerDeps) {
    this.runner = new JobRunner({ ...deps, stopSignal: this.stopping.signal });
    this.poller = new Poller(() => this.fetch(), pollIntervalMs);
    this.heartbeat = setInterval(() => this.sendHeartbeats(), heartbeatIntervalMs);
    this.unsubscribe = deps.bus.subscribe(jobsReady, ({ queue, delayMs }) => {
      if (queue === deps.handler.queue.name) this.poller.pollIn(delayMs);
    });
    this.poller.pollNow();
  }

  /** Fetches no more jobs, waits up to `graceMs` for the running ones, and releases the others. */
  async stop(graceMs: number): Promise<void> {
    this.unsubscribe();
    clearInterval(this.heartbeat);
    this.stopping.abort();
    await this.poller.stop();
    const timeout = sleep(graceMs, undefined, { ref: false });
    await Promise.race([Promise.all(this.running.values()), timeout]);
    if (this.running.size > 0) await this.release([...this.running.keys()]);
  }

  /** Fetches as many jobs as may start. Returns whether there may be more. */
  private async fetch(): Promise<boolean> {
    const { handler, jobs, logger } = this.deps;
    const { queue } = handler;
    const free = queue.concurrency - this.running.size;
    if (free <= 0) return false;
    try {
      const fetched = await jobs.boss.fetch<object>(queue.name, {
        batchSize: free,
        ...(queue.groupConcurrency && { groupConcurrency: queue.groupConcurrency }),
      });
      this.lastFetchFailed = false;
      for (const job of fetched) this.start(job);
      return fetched.length === free;
    } catch (err) {
      if (!this.lastFetchFailed) logger.warn({ err, queue: queue.name }, "could not fetch jobs; retrying");
      this.lastFetchFailed = true;
      if (isDatabaseUnavailable(err)) this.scheduleRetry();
      return false;
    }
  }

  /** At most one retry per interval, however many fetches failed. */
  private scheduleRetry(): void {
    const nowMs = performance.now();
    if (nowMs < this.nextRetryAtMs) return;
    this.nextRetryAtMs = nowMs + retryIntervalMs;
    this.poller.pollIn(retryIntervalMs);
  }

  private start(job: Job): void {
    crashPoint("job.fetched");
    const ended = this.runner.run(job).finally(() => {
      this.running.delete(job);
      this.poller.pollNow();
    });
    this.running.set(job, ended);
  }

  private sendHeartbeats(): void {
    if (this.running.size === 0) return;
    this.deps.jobs.boss
      .touch(this.deps.handler.queue.name, [...this.running.keys()])
      .catch((err) =>
        this.deps.logger.warn({ err }, "could not send heartbeats; other workers may run the same jobs"),
      );
  }

  /** Other workers run these jobs again, which every handler allows. */
  private async release(jobs: Job[]): Promise<void> {
    await this.deps.jobs.boss
      .fail(this.deps.handler.queue.name, jobs, { message: "the worker stopped" })
      .catch((err) =>
        this.deps.logger.warn(
          { err },
          "could not release unfinished jobs; they run again when their heartbeats expire",
        ),
      );
  }
}

/** Starts a worker for each handler, and the schedules of those with a cron expression. */
export async function startWorkers(
  handlers: readonly AnyJobHandler[],
  deps: Omit<QueueWorkerDeps, "handler">,
): Promise<{ stop(graceMs: number): Promise<void> }> {
  for (const { queue, cron } of handlers) if (cron) await deps.jobs.boss.schedule(queue.name, cron);
  const workers = handlers.map((handler) => new QueueWorker({ ...deps, handler }));
  return { stop: async (graceMs) => void (await Promise.all(workers.map((worker) => worker.stop(graceMs)))) };
}
