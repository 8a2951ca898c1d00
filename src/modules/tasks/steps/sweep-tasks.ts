import { deleteOldKeys } from "../../../platform/idempotency/idempotency.js";
import { deleteOldWriteMarks } from "../../../platform/lists/replica/index.js";
import { deleteExpiredCounts } from "../../../platform/rate-limit/shared-counter.js";
import { liveAttempt } from "../attempts.repository.js";
import { checkExpectedIn, deadlineOf, isPastGrace, lateMs } from "../deadlines.js";
import { isReadyToIngest } from "../task-states.js";
import type { WorkerContext } from "../tasks.context.js";
import { crashPoint } from "../tasks.crash-points.js";
import { checkQueue, submitQueue } from "../tasks.jobs.js";
import { setNextCheckAt, type TaskRow, tasksPastNextCheck } from "../tasks.repository.js";
import { deleteOldEvents } from "../vendor-events.repository.js";
import { refundTask } from "./refund-task.js";

const batchSizeMax = 1_000;
/** After the deadline: time for the last check, its retries and a queue that is behind. */
const lastCheckMaxMs = 2 * 60_000;

/**
 * Enqueues a job for every unfinished task whose check is overdue. The jobs end tasks that are past their
 * deadline; if the jobs fail too, the sweep ends the task. Duplicate jobs do no harm. Old keys, counts, vendor events and write marks
 * are deleted along with it.
 */
export async function sweepTasks(context: WorkerContext): Promise<void> {
  const late = await tasksPastNextCheck(context.db, context.clock.now(), batchSizeMax);
  for (const task of late) {
    const handle = jobsHaveFailed(context, task) ? end : enqueueJob;
    // The failure of one task must not stop the others.
    await handle(context, task).catch((err) => {
      context.logger.error(
        { err, taskId: task.id },
        "a late task could not be swept; the next sweep tries again",
      );
    });
  }
  if (late.length > 0) {
    context.logger.warn({ tasks: late.length }, "tasks were late: their jobs were lost or failed");
    context.jobs.announce(submitQueue);
    context.jobs.announce(checkQueue);
  }
  await context.ingests.discardAbandoned();
  await deleteOldKeys(context.db, context.clock.now());
  await deleteExpiredCounts(context.db, context.clock.now());
  await deleteOldEvents(context.db, context.clock.now());
  await deleteOldWriteMarks(context.db, context.clock.now());
}

/** The log line connects the task with the request id of its new job, because the task's own is unknown here. */
async function enqueueJob(context: WorkerContext, { id: taskId, userId, status }: TaskRow): Promise<void> {
  context.logger.warn({ taskId }, "a task had lost its job and gets a new one");
  await context.db.transaction(async (tx) => {
    await setNextCheckAt(tx, taskId, checkExpectedIn(context, 0));
    const job = { group: userId, onceKey: taskId };
    if (status === "NOT_START") {
      await context.jobs.enqueue(tx, submitQueue, [{ ...job, payload: { taskId, tries: 0 } }]);
    } else {
      await context.jobs.enqueue(tx, checkQueue, [{ ...job, payload: { taskId, polls: 0 } }]);
    }
  });
  crashPoint("sweep-tasks.queued");
}

/** It got a job after its deadline, and that one is late too. A video that is being ingested gets longer. */
function jobsHaveFailed(context: WorkerContext, task: TaskRow): boolean {
  const deadlineMs = deadlineOf(context, task).getTime();
  const isOverLastCheck =
    task.nextCheckAt.getTime() >= deadlineMs + 2 * lateMs &&
    context.clock.now().getTime() >= deadlineMs + lastCheckMaxMs;
  return isOverLastCheck && (!isReadyToIngest(task) || isPastGrace(context, task));
}

async function end(context: WorkerContext, task: TaskRow): Promise<void> {
  context.logger.error({ taskId: task.id }, "a task's jobs fail every time: the sweep ends and refunds it");
  const attempt = await liveAttempt(context.db, task.id);
  await refundTask(context, task.id, {
    code: isReadyToIngest(task) ? "INTERNAL" : "TIMEOUT",
    ...(attempt?.outcome === "SENDING" && {
      attempt: { id: attempt.id, outcome: "UNKNOWN", answer: "its answer was never stored" },
    }),
  });
}
