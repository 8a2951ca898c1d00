import { setTimeout as sleep } from "node:timers/promises";
import { Poller } from "../../../platform/jobs/poller.js";
import { currentRequest } from "../../../platform/observability/request-info.js";
import type { WorkerContext } from "../tasks.context.js";
import { tasksCreated } from "../tasks.topics.js";
import { dispatchTasks } from "./dispatch-tasks.js";

const pollIntervalMs = 2_000;
/** The first gets its job at once. While more come, they gather: a job among a hundred costs half of one among twenty. */
const gatherMs = 25;
/** After a failure nobody is helped by trying again at once. */
const pauseMs = 2_000;

/**
 * In each worker: gives new tasks their jobs as soon as it is told of them, and what nobody told it of
 * two seconds later. Workers do not wait for one another.
 */
export class TaskDispatcher {
  private readonly poller = new Poller(() => this.poll(), pollIntervalMs);
  private readonly unsubscribe: () => void;
  private readonly stopping = new AbortController();

  constructor(private readonly context: WorkerContext) {
    this.unsubscribe = context.bus.subscribe(tasksCreated, () => this.poller.pollNow());
    this.poller.pollNow();
  }

  async stop(): Promise<void> {
    this.unsubscribe();
    this.stopping.abort();
    await this.poller.stop();
  }

  /** On behalf of nobody: whoever asked for the task that is told of last has not asked for all of them. */
  private poll(): Promise<boolean> {
    return currentRequest.exit(() => this.dispatch());
  }

  private async dispatch(): Promise<boolean> {
    try {
      const given = await dispatchTasks(this.context);
      await this.rest(gatherMs);
      return given > 0;
    } catch (err) {
      this.context.logger.warn({ err }, "new tasks could not be given their jobs");
      await this.rest(pauseMs);
      return true;
    }
  }

  private async rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => {});
  }
}
