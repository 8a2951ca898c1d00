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
import { withoutPrompts } from "../vendor-text.js";
import { cancelAtVendorLater } from "./cancel-task.js";
import { checkIfAlreadyNotified } from "./receive-webhook.js";
import { refundTask } from "./refund-task.js";

type Accepted = Extract<SubmitResult, { kind: "accepted" }>;

/** The vendor accepted the order. A unique index decides whether the vendor's id is new. */
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
    await refundReusedId(context, task, attempt, result);
  }
}

/** Two orders under one id cannot be distinguished at the vendor. The first keeps the id, this one is refunded. */
async function refundReusedId(
  context: WorkerContext,
  task: TaskRow,
  { id, vendor }: Attempt,
  { vendorTaskId, answer }: Accepted,
): Promise<void> {
  const firstTaskId = await taskIdAtVendor(context.db, vendor, vendorTaskId);
  const facts = { taskId: task.id, firstTaskId, vendor, vendorTaskId };
  context.logger.error(facts, "a vendor reused the id of an earlier order: the later task is refunded");
  context.metrics.vendorIdReused(vendor);
  await refundTask(context, task.id, {
    code: "VENDOR_UNAVAILABLE",
    attempt: {
      id,
      outcome: "UNKNOWN",
      answer: `an id that task ${firstTaskId} has already: ${withoutPrompts(task, answer)}`,
    },
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
    const { vendorTaskId } = result;
    const answer = withoutPrompts(task, result.answer);
    await endAttempt(tx, attempt.id, { outcome: "ACCEPTED", endedAt: now, answer, vendorTaskId });
    const next = progressAfter(task, result.state);
    const row = await moveTask(tx, task.id, {
      to: next.status,
      progress: next.progress,
      submittedAt: now,
      ...(next.status === "IN_PROGRESS" && { startedAt: now }),
      nextCheckAt: checkExpectedIn(context, delayMs),
    });
    if (row) {
      const check = { payload: { taskId: task.id, polls: 0 }, group: task.userId, onceKey: task.id, delayMs };
      await context.jobs.enqueue(tx, checkQueue, [check]);
    } else {
      // The task was canceled meanwhile.
      await scheduleReconciliation(tx, task.id, firstReconcileAt(context));
      await cancelAtVendorLater(context, tx, task.id, attempt.id);
    }
    return row;
  });
  crashPoint("submit-task.outcome-written");
  context.logger.info({ taskId: task.id, vendor: attempt.vendor }, "a vendor accepted a task");
  if (!moved) return context.jobs.announce(cancelAtVendorQueue);
  context.jobs.announce(checkQueue, delayMs);
  announceTasks(context.bus, [moved]);
  await checkIfAlreadyNotified(context, attempt.vendor, result.vendorTaskId);
}
