import type { Job } from "pg-boss";
import type { Logger } from "pino";
import { retry } from "../async/retry.js";
import { crashPoint } from "../base/fault-injection.js";
import { isDatabaseUnavailable } from "../db/index.js";
import type { EventBus } from "../events/event-bus.js";
import type { Metrics } from "../metrics/metrics.js";
import { errorInWords } from "../observability/error-for-log.js";
import { currentRequest, parseRequestInfo } from "../observability/request-info.js";
import { type Attributes, span } from "../observability/tracing.js";
import type { BossJobs } from "./boss.js";
import type { AnyJobHandler } from "./jobs.js";
import { Poller } from "./poller.js";

/** How long an idle worker waits before it looks by itself, for what no announcement told it. */
const pollIntervalMs = 2_000;
/** The same while the database is unavailable: waiting jobs have waited long enough when it is back. */
const retryIntervalMs = 500;
const touchIntervalMs = 3_000;
/** A job's end is recorded as soon as the database is back; for later than a minute its heartbeat has lapsed. */
const recordPausesMs: readonly number[] = [250, ...Array<number>(120).fill(500)];

/**
 * Runs one queue's jobs, up to its concurrency at once, each on its own: a slow one holds up nobody.
 * Looks when it is told that jobs are ready, when a place falls free, and every two seconds.
 */
export class QueueWorker {
  private readonly running = new Map<Job, Promise<void>>();
  private readonly poller: Poller;
  private readonly touching: NodeJS.Timeout;
  private readonly unsubscribe: () => void;
  private readonly stopping = new AbortController();
  /** Whether the queue could not be read when it was tried last. */
  private failing = false;
  private nextRetryAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly handler: AnyJobHandler,
    private readonly jobs: BossJobs,
    bus: EventBus,
    private readonly logger: Logger,
    private readonly jobSeconds: Metrics["jobSeconds"],
  ) {
    this.poller = new Poller(() => this.fetch(), pollIntervalMs);
    this.touching = setInterval(() => this.touch(), touchIntervalMs);
    this.unsubscribe = bus.subscribe("jobs-ready", ({ queue, delayMs }) => {
      if (queue === handler.queue.name) this.poller.pollIn(delayMs);
    });
    this.poller.pollNow();
  }

  /** Takes no new job and waits for the running ones, at most this long; what is left is given back. */
  async stop(graceMs: number): Promise<void> {
    this.unsubscribe();
    clearInterval(this.touching);
    this.stopping.abort();
    await this.poller.stop();
    await Promise.race([
      Promise.all(this.running.values()),
      new Promise((done) => setTimeout(done, graceMs).unref()),
    ]);
    if (this.running.size > 0) await this.release([...this.running.keys()]);
  }

  /** As many as there are places free. True: there may be more. */
  private async fetch(): Promise<boolean> {
    const { queue } = this.handler;
    const free = queue.concurrency - this.running.size;
    if (free <= 0) return false;
    try {
      const found = await this.jobs.boss.fetch<object>(queue.name, {
        batchSize: free,
        ...(queue.groupConcurrency && { groupConcurrency: queue.groupConcurrency }),
      });
      this.failing = false;
      for (const job of found) this.begin(job);
      return found.length === free;
    } catch (err) {
      if (!this.failing) this.logger.warn({ err, queue: queue.name }, "the queue could not be read");
      this.failing = true;
      if (isDatabaseUnavailable(err)) this.pollSoon();
      return false;
    }
  }

  /** Once in an interval, however many looks failed in it. */
  private pollSoon(): void {
    const nowMs = performance.now();
    if (nowMs < this.nextRetryAtMs) return;
    this.nextRetryAtMs = nowMs + retryIntervalMs;
    this.poller.pollIn(retryIntervalMs);
  }

  private begin(job: Job): void {
    const request = parseRequestInfo((job.data as { origin?: unknown } | null)?.origin, job.id);
    const done = currentRequest
      .run(request, () => this.run(job))
      .finally(() => {
        this.running.delete(job);
        this.poller.pollNow();
      });
    this.running.set(job, done);
  }

  private async run(job: Job): Promise<void> {
    const startedAt = performance.now();
    const outcome = await this.runOnce(job);
    const { name: queue } = this.handler.queue;
    this.jobSeconds.observe({ queue, outcome }, (performance.now() - startedAt) / 1000);
  }

  private async runOnce(job: Job): Promise<"done" | "failed"> {
    const { queue, run } = this.handler;
    const log = this.logger.child({ queue: queue.name, jobId: job.id });
    crashPoint("job.fetched");
    try {
      await span(`job ${queue.name}`, { kind: "consumer", attributes: attributesOf(job) }, () =>
        run(queue.payload.parse(job.data ?? {}) as never),
      );
      crashPoint("job.done");
      // By its try, not by its id alone: if we were believed dead, another's try of it is none of ours.
      await this.record(log, () => this.jobs.boss.complete(queue.name, job));
      return "done";
    } catch (err) {
      log.error({ err, tries: job.retryCount + 1 }, "a job failed");
      const output = { message: errorInWords(err) };
      await this.record(log, () => this.jobs.boss.fail(queue.name, job, output)).catch((e) =>
        log.warn({ err: e }, "a failure was not recorded"),
      );
      return "failed";
    }
  }

  /**
   * A job whose end is not recorded is only tried again when its heartbeat lapses. It is fenced by its
   * try, so recording it twice, or after another worker took it over, does nothing.
   */
  private record(log: Logger, write: () => Promise<unknown>): Promise<unknown> {
    let isFirst = true;
    return retry(write, {
      pausesMs: recordPausesMs,
      isRetryable: isDatabaseUnavailable,
      onRetry: (err) => {
        if (isFirst) log.warn({ err }, "a job's end waits for the database");
        isFirst = false;
      },
      signal: this.stopping.signal,
    });
  }

  private touch(): void {
    if (this.running.size === 0) return;
    this.jobs.boss
      .touch(this.handler.queue.name, [...this.running.keys()])
      .catch((err) => this.logger.warn({ err }, "running jobs could not be kept alive"));
  }

  /** The steps are safe to run again, so what we have no time for is simply tried anew elsewhere. */
  private async release(jobs: Job[]): Promise<void> {
    await this.jobs.boss
      .fail(this.handler.queue.name, jobs, { message: "the worker stopped" })
      .catch((err) => this.logger.warn({ err }, "unfinished jobs were not given back"));
  }
}

function attributesOf({ id, name, retryCount }: Job): Attributes {
  const requestId = currentRequest.getStore()?.requestId ?? "";
  return {
    "skyriff.request_id": requestId,
    "skyriff.queue": name,
    "skyriff.job_id": id,
    "skyriff.retries": retryCount,
  };
}

/** Starts a worker for each handler and the timetable of those that run by the clock. */
export async function startWorkers(
  handlers: readonly AnyJobHandler[],
  jobs: BossJobs,
  bus: EventBus,
  logger: Logger,
  { jobSeconds }: Pick<Metrics, "jobSeconds">,
): Promise<{ stop(graceMs: number): Promise<void> }> {
  for (const { queue, cron } of handlers) if (cron) await jobs.boss.schedule(queue.name, cron);
  const workers = handlers.map((handler) => new QueueWorker(handler, jobs, bus, logger, jobSeconds));
  return { stop: async (graceMs) => void (await Promise.all(workers.map((worker) => worker.stop(graceMs)))) };
}
