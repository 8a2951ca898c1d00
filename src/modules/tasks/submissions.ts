import { setTimeout as sleep } from "node:timers/promises";
import { crashPoint } from "../../platform/crash-points.js";
import type { NewJob } from "../../platform/jobs.js";
import type { JobOrigin } from "../../platform/origin.js";
import { withPatience } from "../../platform/patience.js";
import type { Saga } from "./saga.js";
import { submitQueue } from "./tasks.jobs.js";
import type { TaskRow } from "./tasks.repository.js";

interface Made {
  task: TaskRow;
  origin: JobOrigin | undefined;
}

/** Jobs in one statement. */
const togetherMax = 500;
/** The first goes at once. While more come, they gather for so long: a job among a hundred costs half of one among twenty. */
const gatherMs = 25;
/** While jobs cannot be given so fast, the sweep gives what is more. */
const waitingMax = 5_000;
/** Between one try and the next: a database that starts again takes seconds, the sweep comes after half a minute. */
const pausesMs = [250, 1_000, 2_000, 4_000, 8_000];

/**
 * Gives new tasks their jobs, those of several groups in one statement. The tasks are stored and paid
 * for, and nobody waits for this: a task whose job is lost gets one from the sweep.
 */
export class Submissions {
  private waiting: NewJob<{ taskId: string; tries: number }>[] = [];
  private giving: Promise<void> | null = null;
  private readonly closing = new AbortController();

  constructor(private readonly saga: Pick<Saga, "jobs" | "logger">) {}

  take(made: readonly Made[]): void {
    if (this.waiting.length >= waitingMax) {
      this.leave(made.length);
      return;
    }
    for (const { task, origin } of made) {
      this.waiting.push({
        payload: { taskId: task.id, tries: 0 },
        group: task.userId,
        onceKey: task.id,
        origin,
      });
    }
    this.giving ??= this.give();
  }

  /** From now on what cannot be given is left to the sweep at once. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.giving;
  }

  private async give(): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        const jobs = this.waiting.slice(0, togetherMax);
        this.waiting = this.waiting.slice(togetherMax);
        await this.giveTogether(jobs);
        const { signal } = this.closing;
        if (this.waiting.length > 0) await sleep(gatherMs, undefined, { signal }).catch(() => {});
      }
    } finally {
      this.giving = null; // In the turn that found nothing: what comes in the next one starts anew.
    }
  }

  /** A try of which nobody knows whether it worked is repeated: a job that is doubled does no harm. */
  private async giveTogether(jobs: NewJob<{ taskId: string; tries: number }>[]): Promise<void> {
    const { logger } = this.saga;
    await withPatience(() => this.saga.jobs.enqueueNow(submitQueue, jobs), {
      pausesMs,
      mayPass: () => true,
      onPause: (err, pauseMs) =>
        logger.warn({ err, tasks: jobs.length, pauseMs }, "new tasks are given their jobs again"),
      signal: this.closing.signal,
    }).catch((err) => this.leave(jobs.length, err));
    crashPoint("create-task.queued");
  }

  private leave(tasks: number, err?: unknown): void {
    this.saga.logger.warn({ err, tasks }, "new tasks were left to the sweep");
  }
}
