import type { Logger } from "pino";
import type { Clock } from "../../../platform/base/clock.js";
import type { Db } from "../../../platform/db/index.js";
import type { CheckResult } from "../../../vendors/contract.js";
import type { VendorDirectory } from "../../../vendors/vendor-directory.js";
import {
  attemptsToReconcile,
  closeReconciliation,
  type OpenAttempt,
  postponeReconciliation,
} from "./reconcile.repository.js";

const batchSizeMax = 200;
const minuteMs = 60_000;
const shortestPauseMs = 5 * minuteMs;
/** After this time from the task's end, an unfinished attempt is closed. */
const reconcileMaxMs = 24 * 60 * minuteMs;

export interface ReconcileOptions {
  db: Db;
  clock: Clock;
  logger: Logger;
  vendors: VendorDirectory;
}

export type Reconciliation = OpenAttempt & {
  answer: "completed" | "not-completed" | "not-yet" | "not-asked";
};

/**
 * Checks at the vendors the outcome of tasks that ended here without one (timed out, canceled, failed),
 * and records late successes, because the vendor may charge for them. The tasks themselves do not change:
 * they are refunded. `until` null: all, due or not.
 */
export async function reconcileAttempts(
  options: ReconcileOptions,
  until: Date | null,
): Promise<Reconciliation[]> {
  const unavailable = new Set<string>();
  const answers: Reconciliation[] = [];
  for (const open of await attemptsToReconcile(options.db, until, batchSizeMax)) {
    const { vendor } = open.attempt;
    const answer = unavailable.has(vendor) ? "not-asked" : await reconcile(options, open);
    if (answer === "not-asked") unavailable.add(vendor);
    answers.push({ ...open, answer });
  }
  return answers;
}

async function reconcile(
  options: ReconcileOptions,
  { attempt, task }: OpenAttempt,
): Promise<Reconciliation["answer"]> {
  const { db, logger, clock } = options;
  const result = await options.vendors.findByName(attempt.vendor)?.check(attempt.vendorTaskId as string);
  const now = clock.now();
  const sinceEndMs = now.getTime() - (task.finishedAt ?? now).getTime();
  const outcome = result && outcomeIn(result);
  if (outcome === "completed") {
    const { taskId, vendor, vendorTaskId } = attempt;
    if (await closeReconciliation(db, attempt.id, now))
      logger.warn(
        { taskId, vendor, vendorTaskId },
        "a vendor completed the video of a task that had ended: review it with `skyriff audit --vendor`",
      );
  } else if (outcome === "not-completed" || sinceEndMs >= reconcileMaxMs) {
    await closeReconciliation(db, attempt.id, null);
  } else {
    await postponeReconciliation(
      db,
      attempt.id,
      new Date(now.getTime() + Math.max(shortestPauseMs, sinceEndMs)),
    );
  }
  return outcome ?? "not-asked";
}

/** Null if the answer names no outcome. */
function outcomeIn(result: CheckResult): Exclude<Reconciliation["answer"], "not-asked"> | null {
  if (result.kind === "unknown-task") return "not-completed";
  if (result.kind !== "state") return null;
  if (result.state.status === "SUCCESS") return "completed";
  return result.state.status === "FAILURE" ? "not-completed" : "not-yet";
}
