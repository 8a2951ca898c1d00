import { crashPoint } from "../../platform/crash-points.js";
import type { NewJob } from "../../platform/jobs.js";
import type { JobOrigin } from "../../platform/origin.js";
import type { Saga } from "./saga.js";
import { submitQueue } from "./tasks.jobs.js";
import type { TaskRow } from "./tasks.repository.js";

interface Made {
  task: TaskRow;
  origin: JobOrigin | undefined;
}

/** Jobs in one statement. */
const togetherMax = 500;
/** While jobs cannot be given so fast, the sweep gives what is more. */
const waitingMax = 5_000;

/**
 * Gives new tasks their jobs, those of several groups in one statement. The tasks are stored and paid
 * for, and nobody waits for this: a task whose job is lost gets one from the sweep.
 */
export class Submissions {
  private waiting: NewJob<{ taskId: string; tries: number }>[] = [];
  private giving: Promise<void> | null = null;

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
    this.giving ??= this.give().finally(() => {
      this.giving = null;
    });
  }

  async settled(): Promise<void> {
    await this.giving;
  }

  private async give(): Promise<void> {
    while (this.waiting.length > 0) {
      const jobs = this.waiting.slice(0, togetherMax);
      this.waiting = this.waiting.slice(togetherMax);
      await this.saga.jobs.enqueueNow(submitQueue, jobs).catch((err) => this.leave(jobs.length, err));
      crashPoint("create-task.queued");
    }
  }

  private leave(tasks: number, err?: unknown): void {
    this.saga.logger.warn({ err, tasks }, "new tasks were left to the sweep");
  }
}
