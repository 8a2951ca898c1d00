import { crashPoint } from "../../../platform/base/fault-injection.js";
import { violatesUnique } from "../../../platform/db/index.js";
import type { SubmitResult } from "../../../vendors/contract.js";
import { type Attempt, endAttempt, taskIdAtVendor } from "../attempts.repository.js";
import { pollDelayMs } from "../backoff.js";
import { scheduleReconciliation } from "../reconcile/reconcile.repository.js";
import { progressAfter } from "../task-states.js";
import {
  announceTask,
  checkExpectedIn,
  delayWithinDeadline,
  firstReconcileAt,
  type WorkerContext,
} from "../tasks.context.js";
import { cancelAtVendorQueue, checkQueue } from "../tasks.jobs.js";
import { moveTask, type TaskRow } from "../tasks.repository.js";
import { vendorTaskIndex } from "../tasks.tables.js";
import { cancelAtVendorLater } from "./cancel-task.js";
import { checkIfAlreadyNotified } from "./receive-webhook.js";
import { refundTask } from "./refund-task.js";

type Accepted = Extract<SubmitResult, { kind: "accepted" }>;

/** The vendor took the order in. The database decides whether the id that it gave is new. */
export async function acceptTask(
  saga: WorkerContext,
  task: TaskRow,
  attempt: Attempt,
  result: Accepted,
): Promise<void> {
  try {
    await recordAcceptance(saga, task, attempt, result);
  } catch (error) {
    if (!violatesUnique(error, vendorTaskIndex)) throw error;
    await refuseReusedId(saga, task, attempt, result);
  }
}

/** Two orders under one id cannot be told apart at the vendor. The first keeps it, this one ends. */
async function refuseReusedId(
  saga: WorkerContext,
  task: TaskRow,
  { id, vendor }: Attempt,
  { vendorTaskId, answer }: Accepted,
): Promise<void> {
  const firstTaskId = await taskIdAtVendor(saga.db, vendor, vendorTaskId);
  const facts = { taskId: task.id, firstTaskId, vendor, vendorTaskId };
  saga.logger.error(facts, "a vendor gave the id of an earlier order to another one, which is refunded");
  saga.metrics.vendorIdReused(vendor);
  await refundTask(saga, task.id, {
    code: "VENDOR_UNAVAILABLE",
    attempt: { id, outcome: "UNKNOWN", answer: `an id that task ${firstTaskId} has already: ${answer}` },
  });
}

async function recordAcceptance(
  saga: WorkerContext,
  task: TaskRow,
  attempt: Attempt,
  result: Accepted,
): Promise<void> {
  const now = saga.clock.now();
  const delayMs = delayWithinDeadline(saga, task, pollDelayMs(saga.limits.pollIntervalMs, 0));
  const moved = await saga.db.transaction(async (tx) => {
    const { answer, vendorTaskId } = result;
    await endAttempt(tx, attempt.id, { outcome: "ACCEPTED", endedAt: now, answer, vendorTaskId });
    const standing = progressAfter(task, result.state);
    const row = await moveTask(tx, task.id, {
      to: standing.status,
      progress: standing.progress,
      submittedAt: now,
      ...(standing.status === "IN_PROGRESS" && { startedAt: now }),
      nextCheckAt: checkExpectedIn(saga, delayMs),
    });
    if (row) {
      const check = { payload: { taskId: task.id, looks: 0 }, group: task.userId, onceKey: task.id, delayMs };
      await saga.jobs.enqueue(tx, checkQueue, [check]);
    } else {
      // It was called off meanwhile.
      await scheduleReconciliation(tx, task.id, firstReconcileAt(saga));
      await cancelAtVendorLater(saga, tx, task.id, attempt.id);
    }
    return row;
  });
  crashPoint("submit-task.outcome-written");
  saga.logger.info({ taskId: task.id, vendor: attempt.vendor }, "a vendor took a task in");
  if (!moved) return saga.jobs.announce(cancelAtVendorQueue);
  saga.jobs.announce(checkQueue, delayMs);
  announceTask(saga, moved);
  await checkIfAlreadyNotified(saga, attempt.vendor, result.vendorTaskId);
}
