import { setTimeout as sleep } from "node:timers/promises";
import { Poller } from "../../../platform/jobs/poller.js";
import { currentRequest } from "../../../platform/observability/request-info.js";
import { tasksCreated } from "../announce.js";
import type { WorkerContext } from "../tasks.context.js";
import { dispatchTasks } from "./dispatch-tasks.js";

const pollIntervalMs = 2_000;
/** New tasks gather this long between two batches: a job in a batch of a hundred costs half of one in a batch of twenty. */
const gatherMs = 25;
/** The pause after a failure. */
const pauseMs = 2_000;

/**
 * In each worker: enqueues the jobs of new tasks when an event reports them, and polls every two seconds in
 * case an event was lost. Workers do not wait for one another.
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

  /** Outside of any request: the event's request created only one of the tasks. */
  private poll(): Promise<boolean> {
    return currentRequest.exit(() => this.dispatch());
  }

  private async dispatch(): Promise<boolean> {
    try {
      const count = await dispatchTasks(this.context);
      await this.rest(gatherMs);
      return count > 0;
    } catch (err) {
      this.context.logger.warn(
        { err },
        "new tasks could not get their jobs; the dispatcher tries again in 2 s",
      );
      await this.rest(pauseMs);
      return true;
    }
  }

  private async rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => {});
  }
}
