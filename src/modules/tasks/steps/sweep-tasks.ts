import { crashPoint } from "../../../platform/base/fault-injection.js";
import { forgetOldKeys } from "../../../platform/idempotency/idempotency.js";
import { forgetRecentWrites } from "../../../platform/lists/replica/index.js";
import { forgetExpiredCounts } from "../../../platform/rate-limit/shared-counter.js";
import { liveAttempt } from "../attempts.repository.js";
import { isComingHome } from "../task-states.js";
import { deadlineOf, isHopeless, lateMs, lookExpectedIn, type WorkerSaga } from "../tasks.context.js";
import { checkQueue, submitQueue } from "../tasks.jobs.js";
import { expectNextLook, overdueTasks, type TaskRow } from "../tasks.repository.js";
import { forgetOldEvents } from "../vendor-events.repository.js";
import { refundTask } from "./refund-task.js";

const sweptAtOnceMax = 1_000;
/** After the deadline: time for the last look, its repetitions and a queue that is behind. */
const lastLookMaxMs = 2 * 60_000;

/**
 * Gives a job to every unfinished task that should have been looked at by now and was not. The jobs
 * themselves end what is over its deadline; where even they fail, the task is ended here. Doubled jobs
 * do no harm.
 */
export async function sweepTasks(saga: WorkerSaga): Promise<void> {
  const late = await overdueTasks(saga.db, saga.clock.now(), sweptAtOnceMax);
  for (const task of late) {
    const help = isBeyondHelp(saga, task) ? end : giveJob;
    // One that cannot be helped keeps no other from it.
    await help(saga, task).catch((err) => {
      saga.logger.error({ err, taskId: task.id }, "a late task could not be helped");
    });
  }
  if (late.length > 0) {
    saga.logger.warn({ tasks: late.length }, "tasks were late: their jobs were lost, or fail");
    saga.jobs.announce(submitQueue);
    saga.jobs.announce(checkQueue);
  }
  await saga.ingests.discardAbandoned();
  await forgetOldKeys(saga.db, saga.clock.now());
  await forgetExpiredCounts(saga.db, saga.clock.now());
  await forgetOldEvents(saga.db, saga.clock.now());
  await forgetRecentWrites(saga.db, saga.clock.now());
}

/** The line ties the task to the origin of its new job: whoever asked for the task is not known here. */
async function giveJob(saga: WorkerSaga, { id: taskId, userId, status }: TaskRow): Promise<void> {
  saga.logger.warn({ taskId }, "a task had lost its job and is given a new one");
  await saga.db.transaction(async (tx) => {
    await expectNextLook(tx, taskId, lookExpectedIn(saga, 0));
    const job = { group: userId, onceKey: taskId };
    if (status === "NOT_START") {
      await saga.jobs.enqueue(tx, submitQueue, [{ ...job, payload: { taskId, tries: 0 } }]);
    } else {
      await saga.jobs.enqueue(tx, checkQueue, [{ ...job, payload: { taskId, looks: 0 } }]);
    }
  });
  crashPoint("sweep-tasks.queued");
}

/** It got a job after its deadline, and that is late too. A video that is on its way home gets longer. */
function isBeyondHelp(saga: WorkerSaga, task: TaskRow): boolean {
  const deadlineMs = deadlineOf(saga, task).getTime();
  const hadItsChance =
    task.nextLookAt.getTime() >= deadlineMs + 2 * lateMs &&
    saga.clock.now().getTime() >= deadlineMs + lastLookMaxMs;
  return hadItsChance && (!isComingHome(task) || isHopeless(saga, task));
}

async function end(saga: WorkerSaga, task: TaskRow): Promise<void> {
  saga.logger.error({ taskId: task.id }, "a task's jobs fail every time: it is ended without them");
  const attempt = await liveAttempt(saga.db, task.id);
  await refundTask(saga, task.id, {
    code: isComingHome(task) ? "INTERNAL" : "TIMEOUT",
    ...(attempt?.outcome === "SENDING" && {
      attempt: { id: attempt.id, outcome: "UNKNOWN", answer: "its answer was never written down" },
    }),
  });
}
