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
/** After the deadline: time for the last look, its repetitions and a queue that is behind. */
const lastCheckMaxMs = 2 * 60_000;

/**
 * Gives a job to every unfinished task that should have been looked at by now and was not. The jobs
 * themselves end what is over its deadline; where even they fail, the task is ended here. Doubled jobs
 * do no harm.
 */
export async function sweepTasks(context: WorkerContext): Promise<void> {
  const late = await tasksPastNextCheck(context.db, context.clock.now(), batchSizeMax);
  for (const task of late) {
    const help = isBeyondHelp(context, task) ? end : giveJob;
    // One that cannot be helped keeps no other from it.
    await help(context, task).catch((err) => {
      context.logger.error({ err, taskId: task.id }, "a late task could not be helped");
    });
  }
  if (late.length > 0) {
    context.logger.warn({ tasks: late.length }, "tasks were late: their jobs were lost, or fail");
    context.jobs.announce(submitQueue);
    context.jobs.announce(checkQueue);
  }
  await context.ingests.discardAbandoned();
  await deleteOldKeys(context.db, context.clock.now());
  await deleteExpiredCounts(context.db, context.clock.now());
  await deleteOldEvents(context.db, context.clock.now());
  await deleteOldWriteMarks(context.db, context.clock.now());
}

/** The line ties the task to the origin of its new job: whoever asked for the task is not known here. */
async function giveJob(context: WorkerContext, { id: taskId, userId, status }: TaskRow): Promise<void> {
  context.logger.warn({ taskId }, "a task had lost its job and is given a new one");
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

/** It got a job after its deadline, and that is late too. A video that is on its way home gets longer. */
function isBeyondHelp(context: WorkerContext, task: TaskRow): boolean {
  const deadlineMs = deadlineOf(context, task).getTime();
  const hadItsChance =
    task.nextCheckAt.getTime() >= deadlineMs + 2 * lateMs &&
    context.clock.now().getTime() >= deadlineMs + lastCheckMaxMs;
  return hadItsChance && (!isReadyToIngest(task) || isPastGrace(context, task));
}

async function end(context: WorkerContext, task: TaskRow): Promise<void> {
  context.logger.error({ taskId: task.id }, "a task's jobs fail every time: it is ended without them");
  const attempt = await liveAttempt(context.db, task.id);
  await refundTask(context, task.id, {
    code: isReadyToIngest(task) ? "INTERNAL" : "TIMEOUT",
    ...(attempt?.outcome === "SENDING" && {
      attempt: { id: attempt.id, outcome: "UNKNOWN", answer: "its answer was never written down" },
    }),
  });
}
