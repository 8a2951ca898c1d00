import { and, eq, inArray, isNull, lt, lte, min, or, sql } from "drizzle-orm";
import type { Db, Queryable, Tx } from "../../platform/db/index.js";
import { arrayOf, isAnyOf, prepareFindByIds, prepareSelect, unnest } from "../../platform/db/prepared.js";
import { statesThatLeadTo, type TaskStatus } from "./task-states.js";
import type { FailureCode } from "./tasks.errors.js";
import { tasks } from "./tasks.tables.js";

/** A row of `tasks`. Ids are bare UUIDs. */
export type TaskRow = typeof tasks.$inferSelect;

export async function taskById(db: Queryable, id: string): Promise<TaskRow | null> {
  const [row] = await db.select().from(tasks).where(eq(tasks.id, id));
  return row ?? null;
}

export const tasksByIds = prepareFindByIds(tasks);

const newerThan = prepareSelect(
  tasks,
  sql`join ${unnest({ ids: "uuid", revisions: "int" })} as seen(id, revision)
    on seen.id = ${tasks.id} where ${tasks.revision} > seen.revision`,
);

/** The tasks whose revision is higher than the given one. */
export function tasksNewerThan(
  db: Db,
  seen: readonly { id: string; revision: number }[],
): Promise<TaskRow[]> {
  return newerThan(db, { ids: seen.map(({ id }) => id), revisions: seen.map(({ revision }) => revision) });
}

/** The creation time of a user's oldest unfinished task, or null. */
export async function oldestUnfinishedAt(db: Queryable, userId: string): Promise<Date | null> {
  const [open] = await db
    .select({ oldest: min(tasks.createdAt) })
    .from(tasks)
    .where(and(eq(tasks.userId, userId), isNull(tasks.finishedAt)));
  return open?.oldest ?? null;
}

/** A new status and the columns that change with it. */
export interface Move {
  to: TaskStatus;
  progress?: number;
  failureCode?: FailureCode;
  submittedAt?: Date;
  startedAt?: Date;
  finishedAt?: Date;
  nextCheckAt?: Date;
}

/**
 * Moves a task if it is in a state that leads there (or is there already and only its progress
 * grows), and raises its revision. Null if another process moved it first, which is normal.
 */
export async function moveTask(db: Queryable, id: string, move: Move): Promise<TaskRow | null> {
  const { to, progress, ...rest } = move;
  const grows =
    progress === undefined ? undefined : and(eq(tasks.status, to), sql`${tasks.progress} < ${progress}`);
  const [row] = await db
    .update(tasks)
    .set({
      ...rest,
      status: to,
      revision: sql`${tasks.revision} + 1`,
      ...(progress !== undefined && { progress: sql`greatest(${tasks.progress}, ${progress})` }),
      ...(rest.startedAt && {
        startedAt: sql`coalesce(${tasks.startedAt}, ${rest.startedAt.toISOString()}::timestamptz)`,
      }),
    })
    .where(
      and(eq(tasks.id, id), isNull(tasks.finishedAt), or(inArray(tasks.status, statesThatLeadTo(to)), grows)),
    )
    .returning();
  return row ?? null;
}

/** A little longer than a cancellation waits for the answer to a submission. */
const cancelRequest = sql`interval '5 seconds'`;

/**
 * Locks a task that has not been submitted yet, and sets its next check. False for any other task, and
 * while a cancellation waits.
 */
export async function lockToSubmit(tx: Tx, id: string, nextCheckAt: Date): Promise<boolean> {
  const noCancelWaits = or(
    isNull(tasks.cancelRequestedAt),
    lt(tasks.cancelRequestedAt, sql`clock_timestamp() - ${cancelRequest}`),
  );
  const locked = await tx
    .update(tasks)
    .set({ nextCheckAt })
    .where(and(eq(tasks.id, id), eq(tasks.status, "NOT_START"), noCancelWaits))
    .returning({ id: tasks.id });
  return locked.length > 0;
}

/** Locks a task: other transactions that change it wait until `tx` ends. */
export async function lockTask(tx: Tx, id: string): Promise<void> {
  await tx.select({ id: tasks.id }).from(tasks).where(eq(tasks.id, id)).for("no key update");
}

/** Prevents submissions to further vendors for a few seconds. */
export async function requestCancel(tx: Tx, id: string): Promise<void> {
  await tx.update(tasks).set({ cancelRequestedAt: sql`clock_timestamp()` }).where(eq(tasks.id, id));
}

/** Raises the revisions of ended tasks. The caller has checked their owner. */
export function changeTasks(
  tx: Tx,
  ids: readonly string[],
  change: { projectId?: string | null },
): Promise<TaskRow[]> {
  return tx
    .update(tasks)
    .set({ ...change, revision: sql`${tasks.revision} + 1` })
    .where(isAnyOf(tasks.id, ids))
    .returning();
}

/** Sets when the sweep takes the job of an unfinished task for lost. Clients see no change. */
export async function setNextCheckAt(db: Queryable, id: string, nextCheckAt: Date): Promise<void> {
  await db
    .update(tasks)
    .set({ nextCheckAt })
    .where(and(eq(tasks.id, id), isNull(tasks.finishedAt)));
}

/**
 * Two minutes, because a resync may wait for a connection that hangs. statement_timestamp(), because
 * PostgreSQL uses no index for the volatile clock_timestamp().
 */
const recentTasks = prepareSelect(
  tasks,
  sql`where ${tasks.userId} = any(${arrayOf(sql.placeholder("userIds"), "uuid")})
    and (${tasks.finishedAt} is null or ${tasks.finishedAt} > statement_timestamp() - interval '2 minutes')`,
);

/** The tasks of these users that may have changed unnoticed: unfinished, or ended in the last two minutes. */
export function recentTasksOf(db: Db, userIds: readonly string[]): Promise<TaskRow[]> {
  return recentTasks(db, { userIds });
}

/** Unfinished tasks whose next check is overdue: their job was lost. */
export async function tasksPastNextCheck(db: Queryable, now: Date, limit: number): Promise<TaskRow[]> {
  return db
    .select()
    .from(tasks)
    .where(and(isNull(tasks.finishedAt), lte(tasks.nextCheckAt, now)))
    .orderBy(tasks.nextCheckAt)
    .limit(limit);
}
