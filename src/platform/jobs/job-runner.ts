import type { Job } from "pg-boss";
import type { Logger } from "pino";
import { retry } from "../async/retry.js";
import { isDatabaseUnavailable } from "../db/index.js";
import type { Metrics } from "../metrics/metrics.js";
import { errorInWords } from "../observability/error-for-log.js";
import { currentRequest, parseRequestInfo } from "../observability/request-info.js";
import { type Attributes, span } from "../observability/tracing.js";
import type { BossJobs } from "./boss.js";
import { crashPoint } from "./jobs.crash-points.js";
import type { AnyJobHandler } from "./jobs.js";

/** For a minute, after which the job's heartbeat has expired and another worker runs it. */
const recordPausesMs: readonly number[] = [250, ...Array<number>(120).fill(500)];

interface JobRunnerDeps {
  handler: AnyJobHandler;
  jobs: BossJobs;
  logger: Logger;
  jobSeconds: Metrics["jobSeconds"];
  /** Aborted: results are not retried any more. */
  stopSignal: AbortSignal;
}

/** Runs a fetched job and records its result in the queue. */
export class JobRunner {
  constructor(private readonly deps: JobRunnerDeps) {}

  run(job: Job): Promise<void> {
    const request = parseRequestInfo((job.data as { origin?: unknown } | null)?.origin, job.id);
    return currentRequest.run(request, async () => {
      const startedAtMs = performance.now();
      const outcome = await this.runHandler(job);
      const queue = this.deps.handler.queue.name;
      this.deps.jobSeconds.observe({ queue, outcome }, (performance.now() - startedAtMs) / 1000);
    });
  }

  /** pg-boss gets the job instead of its id: if another worker has taken it over, the retry counts differ. */
  private async runHandler(job: Job): Promise<"done" | "failed"> {
    const { handler, jobs, logger } = this.deps;
    const { queue } = handler;
    const log = logger.child({ queue: queue.name, jobId: job.id });
    try {
      await span(`job ${queue.name}`, { kind: "consumer", attributes: spanAttributes(job) }, () =>
        handler.run(queue.payload.parse(job.data ?? {}) as never),
      );
      crashPoint("job.done");
      await this.record(log, () => jobs.boss.complete(queue.name, job));
      return "done";
    } catch (err) {
      log.error({ err, tries: job.retryCount + 1 }, "a job failed");
      const output = { message: errorInWords(err) };
      await this.record(log, () => jobs.boss.fail(queue.name, job, output)).catch((recordError) =>
        log.warn(
          { err: recordError },
          "could not record a job's failure; it runs again when its heartbeat expires",
        ),
      );
      return "failed";
    }
  }

  /**
   * Without a recorded result the job runs again when its heartbeat expires. Recording twice, or after
   * another worker has taken the job over, changes nothing.
   */
  private record(log: Logger, write: () => Promise<unknown>): Promise<unknown> {
    let isFirstRetry = true;
    return retry(write, {
      pausesMs: recordPausesMs,
      isRetryable: isDatabaseUnavailable,
      onRetry: (err) => {
        if (isFirstRetry) log.warn({ err }, "the database is unavailable; retrying to record a job's result");
        isFirstRetry = false;
      },
      signal: this.deps.stopSignal,
    });
  }
}

function spanAttributes({ id, name, retryCount }: Job): Attributes {
  return {
    "skyriff.request_id": currentRequest.getStore()?.requestId ?? "",
    "skyriff.queue": name,
    "skyriff.job_id": id,
    "skyriff.retries": retryCount,
  };
}
