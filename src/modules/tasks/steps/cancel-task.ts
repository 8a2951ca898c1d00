import { crashPoint } from "../../../platform/crash-points.js";
import type { Tx } from "../../../platform/db.js";
import { refund } from "../../wallet/index.js";
import { liveAttempt } from "../attempts.repository.js";
import { expectLateAnswer } from "../late-answers.repository.js";
import { announceEnd, firstAskAt, type Saga } from "../saga.js";
import { cancelAtVendorQueue } from "../tasks.jobs.js";
import { moveTask, type TaskRow } from "../tasks.repository.js";

/**
 * Calls a task off and gives its credits back, in one transaction; the vendor is told by a job. Null
 * if it is too late: it is being made, or it has ended.
 */
export async function cancelTask(saga: Saga, taskId: string): Promise<TaskRow | null> {
  const canceled = await saga.db.transaction(async (tx) => {
    const task = await moveTask(tx, taskId, { to: "CANCELED", finishedAt: saga.clock.now() });
    if (!task) return null;
    await refund(tx, taskId);
    crashPoint("cancel-task.refunded");
    await expectLateAnswer(tx, taskId, firstAskAt(saga));
    await cancelAtVendorLater(saga, tx, taskId, taskId);
    return task;
  });
  if (!canceled) return null;
  crashPoint("cancel-task.committed");
  saga.jobs.announce(cancelAtVendorQueue);
  announceEnd(saga, canceled);
  return canceled;
}

/** Announce it after the commit. `onceKey`: what asked for it; one job for each. */
export async function cancelAtVendorLater(
  saga: Saga,
  tx: Tx,
  taskId: string,
  onceKey: string,
): Promise<void> {
  await saga.jobs.enqueue(tx, cancelAtVendorQueue, [{ payload: { taskId }, onceKey }]);
}

/** A video that nobody wants is being made and paid for: worth another try. */
class VendorNotTold extends Error {}

/**
 * Tells the vendor, if it took the task in and its protocol can be told. What it answers changes
 * nothing for the user. Throws, to be run again, if it may not have heard.
 */
export async function cancelAtVendor(saga: Saga, { taskId }: { taskId: string }): Promise<void> {
  const attempt = await liveAttempt(saga.db, taskId);
  if (attempt?.outcome !== "ACCEPTED" || !attempt.vendorTaskId) return;
  const { vendor } = attempt;
  const result = await saga.vendors.named(vendor)?.cancel?.(attempt.vendorTaskId);
  crashPoint("cancel-task.vendor-told");
  if (!result) return;
  if (result.kind === "throttled" || result.kind === "outcome-unknown")
    throw new VendorNotTold(result.detail);
  saga.logger.info({ taskId, vendor, result: result.kind }, "the vendor was told to cancel");
}
