import { violatesUnique } from "../../../platform/db/index.js";
import type { SubmitResult } from "../../../vendors/contract.js";
import { announceTasks } from "../announce.js";
import { type Attempt, endAttempt, taskIdAtVendor } from "../attempts.repository.js";
import { pollDelayMs } from "../backoff.js";
import { checkExpectedIn, delayWithinDeadline, firstReconcileAt } from "../deadlines.js";
import { scheduleReconciliation } from "../reconcile/reconcile.repository.js";
import { progressAfter } from "../task-states.js";
import type { WorkerContext } from "../tasks.context.js";
import { crashPoint } from "../tasks.crash-points.js";
import { cancelAtVendorQueue, checkQueue } from "../tasks.jobs.js";
import { moveTask, type TaskRow } from "../tasks.repository.js";
import { vendorTaskIndex } from "../tasks.tables.js";
import { cancelAtVendorLater } from "./cancel-task.js";
import { checkIfAlreadyNotified } from "./receive-webhook.js";
import { refundTask } from "./refund-task.js";

type Accepted = Extract<SubmitResult, { kind: "accepted" }>;

/** The vendor took the order in. The database decides whether the id that it gave is new. */
export async function acceptTask(
  context: WorkerContext,
  task: TaskRow,
  attempt: Attempt,
  result: Accepted,
): Promise<void> {
  try {
    await recordAcceptance(context, task, attempt, result);
  } catch (error) {
    if (!violatesUnique(error, vendorTaskIndex)) throw error;
    await refuseReusedId(context, task, attempt, result);
  }
}

/** Two orders under one id cannot be told apart at the vendor. The first keeps it, this one ends. */
async function refuseReusedId(
  context: WorkerContext,
  task: TaskRow,
  { id, vendor }: Attempt,
  { vendorTaskId, answer }: Accepted,
): Promise<void> {
  const firstTaskId = await taskIdAtVendor(context.db, vendor, vendorTaskId);
  const facts = { taskId: task.id, firstTaskId, vendor, vendorTaskId };
  context.logger.error(facts, "a vendor gave the id of an earlier order to another one, which is refunded");
  context.metrics.vendorIdReused(vendor);
  await refundTask(context, task.id, {
    code: "VENDOR_UNAVAILABLE",
    attempt: { id, outcome: "UNKNOWN", answer: `an id that task ${firstTaskId} has already: ${answer}` },
  });
}

async function recordAcceptance(
  context: WorkerContext,
  task: TaskRow,
  attempt: Attempt,
  result: Accepted,
): Promise<void> {
  const now = context.clock.now();
  const delayMs = delayWithinDeadline(context, task, pollDelayMs(context.limits.pollIntervalMs, 0));
  const moved = await context.db.transaction(async (tx) => {
    const { answer, vendorTaskId } = result;
    await endAttempt(tx, attempt.id, { outcome: "ACCEPTED", endedAt: now, answer, vendorTaskId });
    const standing = progressAfter(task, result.state);
    const row = await moveTask(tx, task.id, {
      to: standing.status,
      progress: standing.progress,
      submittedAt: now,
      ...(standing.status === "IN_PROGRESS" && { startedAt: now }),
      nextCheckAt: checkExpectedIn(context, delayMs),
    });
    if (row) {
      const check = { payload: { taskId: task.id, polls: 0 }, group: task.userId, onceKey: task.id, delayMs };
      await context.jobs.enqueue(tx, checkQueue, [check]);
    } else {
      // It was called off meanwhile.
      await scheduleReconciliation(tx, task.id, firstReconcileAt(context));
      await cancelAtVendorLater(context, tx, task.id, attempt.id);
    }
    return row;
  });
  crashPoint("submit-task.outcome-written");
  context.logger.info({ taskId: task.id, vendor: attempt.vendor }, "a vendor took a task in");
  if (!moved) return context.jobs.announce(cancelAtVendorQueue);
  context.jobs.announce(checkQueue, delayMs);
  announceTasks(context.bus, [moved]);
  await checkIfAlreadyNotified(context, attempt.vendor, result.vendorTaskId);
}
