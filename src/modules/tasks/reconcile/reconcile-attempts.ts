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

const askedAtOnceMax = 200;
const minuteMs = 60_000;
const shortestPauseMs = 5 * minuteMs;
/** A vendor that has not finished so long after the task's end is not asked any more. */
const askingMaxMs = 24 * 60 * minuteMs;

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
 * Asks vendors what became of tasks that ended here without their last word (timed out, canceled,
 * given up), and writes down what they completed all the same: we may be charged for it. Nothing
 * else follows: the task has ended, and its credits are back. `until` null: all, due or not.
 */
export async function reconcileAttempts(
  parts: ReconcileOptions,
  until: Date | null,
): Promise<Reconciliation[]> {
  const away = new Set<string>();
  const answers: Reconciliation[] = [];
  for (const open of await attemptsToReconcile(parts.db, until, askedAtOnceMax)) {
    const { vendor } = open.attempt;
    const answer = away.has(vendor) ? "not-asked" : await ask(parts, open);
    if (answer === "not-asked") away.add(vendor);
    answers.push({ ...open, answer });
  }
  return answers;
}

async function ask(
  parts: ReconcileOptions,
  { attempt, task }: OpenAttempt,
): Promise<Reconciliation["answer"]> {
  const { db, logger, clock } = parts;
  const result = await parts.vendors.findByName(attempt.vendor)?.check(attempt.vendorTaskId as string);
  const now = clock.now();
  const sinceEndMs = now.getTime() - (task.finishedAt ?? now).getTime();
  const word = result && outcomeIn(result);
  if (word === "completed") {
    const { taskId, vendor, vendorTaskId } = attempt;
    if (await closeReconciliation(db, attempt.id, now))
      logger.warn({ taskId, vendor, vendorTaskId }, "a vendor completed what had ended here");
  } else if (word === "not-completed" || sinceEndMs >= askingMaxMs) {
    await closeReconciliation(db, attempt.id, null);
  } else {
    await postponeReconciliation(
      db,
      attempt.id,
      new Date(now.getTime() + Math.max(shortestPauseMs, sinceEndMs)),
    );
  }
  return word ?? "not-asked";
}

/** Null where the vendor gave no answer that says anything. */
function outcomeIn(result: CheckResult): Exclude<Reconciliation["answer"], "not-asked"> | null {
  if (result.kind === "unknown-task") return "not-completed";
  if (result.kind !== "state") return null;
  if (result.state.status === "SUCCESS") return "completed";
  return result.state.status === "FAILURE" ? "not-completed" : "not-yet";
}
