import { retry } from "../../../platform/async/retry.js";
import type { Tx } from "../../../platform/db/index.js";
import { refund } from "../../wallet/index.js";
import { announceEnd } from "../announce.js";
import { isBeingSent, liveAttempt } from "../attempts.repository.js";
import { firstReconcileAt } from "../deadlines.js";
import { scheduleReconciliation } from "../reconcile/reconcile.repository.js";
import { refundFeeOf } from "../remixes.js";
import type { TaskContext } from "../tasks.context.js";
import { crashPoint } from "../tasks.crash-points.js";
import { TaskBeingSubmitted } from "../tasks.errors.js";
import { cancelAtVendorQueue } from "../tasks.jobs.js";
import { moveTask, requestCancel, type TaskRow } from "../tasks.repository.js";

/** Three seconds in all. Most vendors answer a submission sooner, and then the task can be canceled. */
const submissionPausesMs = [50, 100, 250, 600, 1_000, 1_000];

/**
 * Cancels a task and refunds its credits in one transaction; a job notifies the vendor. Null if it is
 * too late: the video is being made, or the task has ended. Throws TaskBeingSubmitted if the vendor does not
 * answer a running submission within three seconds.
 */
export function cancelTask(context: TaskContext, taskId: string): Promise<TaskRow | null> {
  return retry(() => cancelUnlessBeingSent(context, taskId), {
    pausesMs: submissionPausesMs,
    isRetryable: (error) => error instanceof TaskBeingSubmitted,
    onRetry: () => {},
  });
}

async function cancelUnlessBeingSent(context: TaskContext, taskId: string): Promise<TaskRow | null> {
  const canceled = await context.db.transaction(async (tx) => {
    if (await isBeingSent(tx, taskId)) {
      await requestCancel(tx, taskId);
      return "being-sent";
    }
    const task = await moveTask(tx, taskId, { to: "CANCELED", finishedAt: context.clock.now() });
    if (!task) return null;
    await refundFeeOf(context, tx, task);
    await refund(tx, taskId);
    crashPoint("cancel-task.refunded");
    await scheduleReconciliation(tx, taskId, firstReconcileAt(context));
    await cancelAtVendorLater(context, tx, taskId, taskId);
    return task;
  });
  if (canceled === "being-sent") throw new TaskBeingSubmitted();
  if (!canceled) return null;
  crashPoint("cancel-task.committed");
  context.jobs.announce(cancelAtVendorQueue);
  announceEnd(context, canceled);
  return canceled;
}

/** Announce it after the commit. There is at most one waiting job for each `onceKey`. */
export async function cancelAtVendorLater(
  context: TaskContext,
  tx: Tx,
  taskId: string,
  onceKey: string,
): Promise<void> {
  await context.jobs.enqueue(tx, cancelAtVendorQueue, [{ payload: { taskId }, onceKey }]);
}

/** Retried, because the vendor is making a video that was canceled, and charges for it. */
class VendorNotNotified extends Error {}

/**
 * Cancels the task at the vendor, if the vendor accepted it and its protocol supports that. The answer
 * changes nothing for the user. Throws, so that the job is retried, if the call may not have arrived.
 */
export async function cancelAtVendor(context: TaskContext, { taskId }: { taskId: string }): Promise<void> {
  const attempt = await liveAttempt(context.db, taskId);
  if (attempt?.outcome !== "ACCEPTED" || !attempt.vendorTaskId) return;
  const { vendor } = attempt;
  const result = await context.vendors.findByName(vendor)?.cancel?.(attempt.vendorTaskId);
  crashPoint("cancel-task.vendor-notified");
  if (!result) return;
  if (result.kind === "throttled" || result.kind === "outcome-unknown")
    throw new VendorNotNotified(`canceling at ${vendor}: ${result.kind}`);
  context.logger.info({ taskId, vendor, result: result.kind }, "the task was canceled at the vendor");
}
