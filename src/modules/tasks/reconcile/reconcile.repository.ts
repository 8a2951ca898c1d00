import { and, asc, desc, eq, isNotNull, isNull, lte, or, type SQL } from "drizzle-orm";
import type { Queryable } from "../../../platform/db/index.js";
import type { Attempt } from "../attempts.repository.js";
import type { TaskRow } from "../tasks.repository.js";
import { taskAttempts, tasks } from "../tasks.tables.js";

/** An attempt that the vendor may charge for although it brought no video, and its task. */
export interface OpenAttempt {
  attempt: Attempt;
  task: TaskRow;
}

/** Call it in the transaction that ends the task without a video, if the vendor may still complete it. */
export async function scheduleReconciliation(
  db: Queryable,
  taskId: string,
  reconcileAt: Date,
): Promise<void> {
  await db
    .update(taskAttempts)
    .set({ reconcileAt })
    .where(and(eq(taskAttempts.taskId, taskId), eq(taskAttempts.outcome, "ACCEPTED")));
}

/** The attempts that are due by `until` (null: all), the longest overdue first. */
export function attemptsToReconcile(
  db: Queryable,
  until: Date | null,
  limit: number,
): Promise<OpenAttempt[]> {
  const due = until ? lte(taskAttempts.reconcileAt, until) : isNotNull(taskAttempts.reconcileAt);
  return openAttempts(db, due).orderBy(asc(taskAttempts.reconcileAt)).limit(limit);
}

/** Stores the outcome: `lateSuccessAt` null unless the vendor completed the video. */
export async function closeReconciliation(
  db: Queryable,
  attemptId: string,
  lateSuccessAt: Date | null,
): Promise<boolean> {
  const rows = await db
    .update(taskAttempts)
    .set({ reconcileAt: null, lateSuccessAt })
    .where(and(eq(taskAttempts.id, attemptId), isNotNull(taskAttempts.reconcileAt)))
    .returning({ id: taskAttempts.id });
  return rows.length === 1;
}

export async function postponeReconciliation(
  db: Queryable,
  attemptId: string,
  reconcileAt: Date,
): Promise<void> {
  await db
    .update(taskAttempts)
    .set({ reconcileAt })
    .where(and(eq(taskAttempts.id, attemptId), isNotNull(taskAttempts.reconcileAt)));
}

const forOperators = or(eq(taskAttempts.outcome, "UNKNOWN"), isNotNull(taskAttempts.lateSuccessAt));

/** Unknown outcomes and late successes that no operator has reviewed, newest first. */
export function attemptsToReview(db: Queryable, limit: number): Promise<OpenAttempt[]> {
  return openAttempts(db, and(forOperators, isNull(taskAttempts.reviewedAt)))
    .orderBy(desc(taskAttempts.startedAt))
    .limit(limit);
}

/** `id` null: all of them. Returns how many were open. */
export async function markReviewed(db: Queryable, id: string | null, reviewedAt: Date): Promise<number> {
  const rows = await db
    .update(taskAttempts)
    .set({ reviewedAt })
    .where(and(forOperators, isNull(taskAttempts.reviewedAt), id ? eq(taskAttempts.id, id) : undefined))
    .returning({ id: taskAttempts.id });
  return rows.length;
}

function openAttempts(db: Queryable, which: SQL | undefined) {
  return db
    .select({ attempt: taskAttempts, task: tasks })
    .from(taskAttempts)
    .innerJoin(tasks, eq(tasks.id, taskAttempts.taskId))
    .where(which)
    .$dynamic();
}
