import { and, asc, desc, eq, ne } from "drizzle-orm";
import type { Queryable } from "../../platform/db.js";
import { taskAttempts } from "./tasks.tables.js";

export type Attempt = typeof taskAttempts.$inferSelect;
export type AttemptOutcome = Attempt["outcome"];

export interface NewAttempt {
  id: string;
  taskId: string;
  vendor: string;
  vendorModel: string;
  senderId: number;
  /** What will be sent, without secrets and without the picture's bytes. */
  sent: object;
}

/**
 * Null if the task has another attempt already that may have reached a vendor: then none may follow.
 * Repeated under its id, it answers with the same one while that has no outcome.
 */
export async function beginAttempt(db: Queryable, attempt: NewAttempt): Promise<Attempt | null> {
  const [row] = await db.insert(taskAttempts).values(attempt).onConflictDoNothing().returning();
  if (row) return row;
  const live = await liveAttempt(db, attempt.taskId);
  return live?.id === attempt.id && live.outcome === "SENDING" ? live : null;
}

/** Writes the outcome down, once: an attempt that has ended stays as it is. */
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

/** The one attempt that has reached a vendor, or may have. */
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

/** The task that a vendor has under this id of its own. */
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

export async function rememberVideoUrl(
  db: Queryable,
  attemptId: string,
  videoUrl: string | null,
): Promise<void> {
  await db.update(taskAttempts).set({ videoUrl }).where(eq(taskAttempts.id, attemptId));
}
