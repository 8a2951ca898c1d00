import { setTimeout as sleep } from "node:timers/promises";
import { Looks } from "../../../platform/jobs/poller.js";
import { currentOrigin } from "../../../platform/observability/request-info.js";
import type { WorkerSaga } from "../tasks.context.js";
import { handOutNewTasks } from "./dispatch-tasks.js";

const lookIntervalMs = 2_000;
/** The first gets its job at once. While more come, they gather: a job among a hundred costs half of one among twenty. */
const gatherMs = 25;
/** After a failure nobody is helped by trying again at once. */
const pauseMs = 2_000;

/**
 * In each worker: gives new tasks their jobs as soon as it is told of them, and what nobody told it of
 * two seconds later. Workers do not wait for one another.
 */
export class HandOut {
  private readonly looks = new Looks(() => this.look(), lookIntervalMs);
  private readonly unsubscribe: () => void;
  private readonly stopping = new AbortController();

  constructor(private readonly saga: WorkerSaga) {
    this.unsubscribe = saga.bus.subscribe("tasks-created", () => this.looks.now());
    this.looks.now();
  }

  async stop(): Promise<void> {
    this.unsubscribe();
    this.stopping.abort();
    await this.looks.stop();
  }

  /** On behalf of nobody: whoever asked for the task that is told of last has not asked for all of them. */
  private look(): Promise<boolean> {
    return currentOrigin.exit(() => this.handOut());
  }

  private async handOut(): Promise<boolean> {
    try {
      const given = await handOutNewTasks(this.saga);
      await this.rest(gatherMs);
      return given > 0;
    } catch (err) {
      this.saga.logger.warn({ err }, "new tasks could not be given their jobs");
      await this.rest(pauseMs);
      return true;
    }
  }

  private async rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => {});
  }
}
