import type { TaskContext } from "./tasks.context.js";
import type { TaskRow } from "./tasks.repository.js";

export function deadlineOf(context: TaskContext, task: TaskRow): Date {
  return new Date(task.createdAt.getTime() + context.limits.taskTimeoutMs);
}

export function isOverdue(context: TaskContext, task: TaskRow): boolean {
  return context.clock.now() >= deadlineOf(context, task);
}

/** A vendor's late success is still ingested, but only for so long: a failing ingest must not block a hold for good. */
const ingestGraceMs = 30 * 60_000;

export function isPastGrace(context: TaskContext, task: TaskRow): boolean {
  return context.clock.now().getTime() >= deadlineOf(context, task).getTime() + ingestGraceMs;
}

/** Shortened so that it ends at the deadline: the task is checked at that moment too. */
export function delayWithinDeadline(context: TaskContext, task: TaskRow, delayMs: number): number {
  const leftMs = deadlineOf(context, task).getTime() - context.clock.now().getTime();
  return Math.max(0, Math.min(delayMs, leftMs));
}

/** A step may be this late before the sweep takes its job for lost. */
export const lateMs = 30_000;

/** `nextCheckAt` of a task whose next step is due in `delayMs`. */
export function checkExpectedIn(context: TaskContext, delayMs: number): Date {
  return new Date(context.clock.now().getTime() + delayMs + lateMs);
}

/** The time from a task's end to the first reconciliation with its vendor. */
const firstReconcileMs = 5 * 60_000;

export function firstReconcileAt(context: TaskContext): Date {
  return new Date(context.clock.now().getTime() + firstReconcileMs);
}
