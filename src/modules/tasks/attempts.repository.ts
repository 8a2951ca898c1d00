import { and, asc, desc, eq, ne } from "drizzle-orm";
import type { Db, Queryable, Tx } from "../../platform/db/index.js";
import { lockTask, lockToSubmit } from "./tasks.repository.js";
import { taskAttempts } from "./tasks.tables.js";

export type Attempt = typeof taskAttempts.$inferSelect;
export type AttemptOutcome = Attempt["outcome"];

export interface NewAttempt {
  id: string;
  taskId: string;
  vendor: string;
  vendorModel: string;
  senderId: number;
  /** The request, without secrets and without the image's bytes. */
  sent: object;
}

/** Rolls the attempt back, because its task can no longer be submitted. */
class TaskNotSendable extends Error {}

/**
 * Null if the task may not be sent: it has started, ended or been canceled, or it has another attempt
 * that may have reached a vendor. Repeated with the same id, it returns the attempt that it began.
 *
 * The attempt and a cancellation exclude each other: both lock the task before they commit, and the one
 * that gets the lock second sees what the first one did (see `isBeingSent`). The attempt is inserted
 * before the lock is taken, so a slow insert delays no cancellation.
 */
export async function beginAttempt(db: Db, attempt: NewAttempt, nextCheckAt: Date): Promise<Attempt | null> {
  const begun = db.transaction(async (tx) => {
    const [row] = await tx.insert(taskAttempts).values(attempt).onConflictDoNothing().returning();
    if (row && !(await lockToSubmit(tx, attempt.taskId, nextCheckAt))) throw new TaskNotSendable();
    return row ?? null;
  });
  const row = await begun.catch((error: unknown) => {
    if (error instanceof TaskNotSendable) return "not-sendable" as const;
    throw error;
  });
  if (row) return row === "not-sendable" ? null : row;
  const live = await liveAttempt(db, attempt.taskId);
  return live?.id === attempt.id && live.outcome === "SENDING" ? live : null;
}

/** Whether the task is being submitted. Locks the task until `tx` ends. */
export async function isBeingSent(tx: Tx, taskId: string): Promise<boolean> {
  await lockTask(tx, taskId);
  return (await liveAttempt(tx, taskId))?.outcome === "SENDING";
}

/** Stores the outcome once: an ended attempt does not change. */
export async function endAttempt(
  db: Queryable,
  id: string,
  end: {
    outcome: Exclude<AttemptOutcome, "SENDING">;
    endedAt: Date;
    answer: string;
    vendorTaskId?: string;
    retryAt?: Date | null;
  },
): Promise<boolean> {
  const rows = await db
    .update(taskAttempts)
    .set(end)
    .where(and(eq(taskAttempts.id, id), eq(taskAttempts.outcome, "SENDING")))
    .returning({ id: taskAttempts.id });
  return rows.length === 1;
}

/** The only attempt that has reached a vendor, or may have. */
export async function liveAttempt(db: Queryable, taskId: string): Promise<Attempt | null> {
  const [row] = await db
    .select()
    .from(taskAttempts)
    .where(and(eq(taskAttempts.taskId, taskId), ne(taskAttempts.outcome, "THROTTLED")))
    .orderBy(desc(taskAttempts.startedAt))
    .limit(1);
  return row ?? null;
}

/** All of a task's attempts, oldest first. */
export async function attemptsOf(db: Queryable, taskId: string): Promise<Attempt[]> {
  return db
    .select()
    .from(taskAttempts)
    .where(eq(taskAttempts.taskId, taskId))
    .orderBy(asc(taskAttempts.startedAt), asc(taskAttempts.id));
}

/** The task with this vendor's id. */
export async function taskIdAtVendor(
  db: Queryable,
  vendor: string,
  vendorTaskId: string,
): Promise<string | null> {
  const [row] = await db
    .select({ taskId: taskAttempts.taskId })
    .from(taskAttempts)
    .where(and(eq(taskAttempts.vendor, vendor), eq(taskAttempts.vendorTaskId, vendorTaskId)));
  return row?.taskId ?? null;
}

export async function storeVideoUrl(
  db: Queryable,
  attemptId: string,
  videoUrl: string | null,
): Promise<void> {
  await db.update(taskAttempts).set({ videoUrl }).where(eq(taskAttempts.id, attemptId));
}
