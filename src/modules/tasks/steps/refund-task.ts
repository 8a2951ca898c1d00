import { span } from "../../../platform/observability/tracing.js";
import { refund } from "../../wallet/index.js";
import { announceEnd } from "../announce.js";
import { endAttempt } from "../attempts.repository.js";
import { firstReconcileAt } from "../deadlines.js";
import { scheduleReconciliation } from "../reconcile/reconcile.repository.js";
import { refundFeeOf } from "../remixes.js";
import type { TaskContext } from "../tasks.context.js";
import { crashPoint } from "../tasks.crash-points.js";
import type { FailureCode } from "../tasks.errors.js";
import { moveTask, type TaskRow } from "../tasks.repository.js";

export interface Ending {
  code: FailureCode;
  /** The last attempt, if its outcome is not stored yet. */
  attempt?: { id: string; outcome: "REJECTED" | "REFUSED" | "UNKNOWN"; answer: string };
}

/**
 * Ends a task in FAILURE and refunds its credits, in one transaction. Null if it has ended already: then
 * nothing is refunded a second time.
 */
export function refundTask(context: TaskContext, taskId: string, ending: Ending): Promise<TaskRow | null> {
  const attributes = { "skyriff.task_id": taskId, "skyriff.failure": ending.code };
  return span("refund task", { attributes }, () => refundOnce(context, taskId, ending));
}

async function refundOnce(context: TaskContext, taskId: string, ending: Ending): Promise<TaskRow | null> {
  const finishedAt = context.clock.now();
  const ended = await context.db.transaction(async (tx) => {
    if (ending.attempt) {
      const { id, ...end } = ending.attempt;
      await endAttempt(tx, id, { ...end, endedAt: finishedAt });
    }
    const task = await moveTask(tx, taskId, { to: "FAILURE", failureCode: ending.code, finishedAt });
    if (task) await refundFeeOf(context, tx, task);
    if (task) await refund(tx, taskId);
    crashPoint("refund-task.refunded");
    if (task && needsReconciliation(ending))
      await scheduleReconciliation(tx, taskId, firstReconcileAt(context));
    return task;
  });
  if (!ended) return null;
  crashPoint("refund-task.committed");
  context.logger.info({ taskId, failure: ending.code }, "a task failed and was refunded");
  announceEnd(context, ended);
  return ended;
}

/** Whether the vendor may still complete the video, or has, and it was not ingested. */
function needsReconciliation({ code, attempt }: Ending): boolean {
  return !attempt && (code === "TIMEOUT" || code === "VENDOR_UNAVAILABLE" || code === "INTERNAL");
}
