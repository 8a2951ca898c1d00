import { sql } from "drizzle-orm";
import type { Queryable } from "../../platform/db.js";
import { inputHashOf, isUsedKey, keepCalls } from "../../platform/idempotency.js";
import type { JobOrigin } from "../../platform/origin.js";
import { type Balances, type HoldLimits, holdCtes } from "../wallet/index.js";
import type { NewTask, TaskRow } from "./tasks.repository.js";

/** One call that makes tasks: all of them or none. */
export interface CreationCall {
  userId: string;
  mutation: string;
  key: string | null;
  /** Everything that decides what the call does. */
  input: unknown;
  tasks: readonly NewTask[];
}

/** With whom its tasks' jobs are to be ascribed to. */
export type AskedCall = CreationCall & { origin: JobOrigin | undefined };

/** What came of it: the tasks, and the wallet right after. */
export interface Creation {
  tasks: TaskRow[];
  wallet: Balances;
}

type MadeRow = {
  id: string;
  created_at: string;
  free: string;
  held: string;
  sequence: string;
  coins_free: string;
  coins_pending: string;
};

/**
 * Holds the credits, stores the tasks as new ones and remembers the calls' keys, for many calls in one
 * statement, which is one transaction. Null for a call that was left out: its key was used before, or its user's
 * credits or limits do not suffice, or that is so of another call of this user.
 */
export async function storeCreations(
  db: Queryable,
  calls: readonly AskedCall[],
  limits: HoldLimits,
): Promise<(Creation | null)[]> {
  const tasks = calls.flatMap(({ tasks, userId, origin }) =>
    tasks.map((task) => ({ ...task, userId, origin })),
  );
  const holds = tasks.map(({ id, userId, costCredits }) => ({ taskId: id, userId, credits: costCredits }));
  const ofCalls = (pick: (call: CreationCall) => string | null) => sql.param(calls.map(pick));
  const ofTasks = <T>(pick: (task: (typeof tasks)[number]) => T) => sql.param(tasks.map(pick));
  const leftOut = sql`exists (select from keyed c where c.user_id = u.user_id and ${isUsedKey("c")})`;
  const rows = await db.execute<MadeRow>(sql`
    with keyed as materialized (
      select * from unnest(${ofCalls((c) => c.userId)}::uuid[], ${ofCalls((c) => c.mutation)}::text[],
        ${ofCalls((c) => c.key)}::text[], ${ofCalls((c) => c.key && inputHashOf(c))}::text[],
        ${ofCalls((c) => c.key && JSON.stringify(c.tasks.map(({ id }) => id)))}::text[])
        as c(user_id, mutation, key, input_hash, result)
      where key is not null
    ),
    ${holdCtes(holds, leftOut, limits)},
    made as (
      insert into tasks (id, user_id, prompt, duration_sec, ratio, model, hd, note, project_id,
        reference_image_id, batch_id, cost_credits, next_look_at)
      select t.id, t.user_id, t.prompt, t.duration_sec, t.ratio, t.model, t.hd = 1, t.note, t.project_id,
        t.reference_image_id, t.batch_id, t.cost_credits, t.next_look_at::timestamptz
      from unnest(${ofTasks((t) => t.id)}::uuid[], ${ofTasks((t) => t.userId)}::uuid[],
        ${ofTasks((t) => t.prompt)}::text[], ${ofTasks((t) => t.durationSec)}::int[],
        ${ofTasks((t) => t.ratio)}::text[], ${ofTasks((t) => t.model)}::text[], ${ofTasks((t) => Number(t.hd))}::int[],
        ${ofTasks((t) => t.note)}::text[], ${ofTasks((t) => t.projectId)}::uuid[],
        ${ofTasks((t) => t.referenceImageId)}::uuid[], ${ofTasks((t) => t.batchId)}::uuid[],
        ${ofTasks((t) => t.costCredits)}::int[], ${ofTasks((t) => t.nextLookAt.toISOString())}::text[])
        as t(id, user_id, prompt, duration_sec, ratio, model, hd, note, project_id,
          reference_image_id, batch_id, cost_credits, next_look_at)
      join charged c on c.user_id = t.user_id
      returning id, created_at
    ),
    listed as (
      insert into new_tasks (task_id, origin)
      select n.task_id, n.origin::jsonb from unnest(${ofTasks((t) => t.id)}::uuid[],
        ${ofTasks((t) => t.origin && JSON.stringify(t.origin))}::text[]) as n(task_id, origin)
      join made on made.id = n.task_id
    ),
    kept as (${keepCalls(sql`keyed c join charged using (user_id)`)})
    select m.id, m.created_at, h.free_after as free, h.held_after as held, h.sequence,
      c.coins_free, c.coins_pending
    from made m join held h on h.task_id = m.id join charged c on c.user_id = h.user_id`);
  const made = new Map(rows.map((row) => [row.id, row]));
  return calls.map((call) => toCreation(call, made));
}

function toCreation({ userId, tasks }: CreationCall, made: Map<string, MadeRow>): Creation | null {
  const rows = tasks.flatMap(({ id }) => made.get(id) ?? []);
  const last = rows.at(-1);
  if (!last) return null;
  return {
    tasks: tasks.map((task, n) => asStored(task, new Date((rows[n] as MadeRow).created_at))),
    wallet: {
      userId,
      creditsFree: Number(last.free),
      creditsHeld: Number(last.held),
      coinsFree: Number(last.coins_free),
      coinsPending: Number(last.coins_pending),
      sequence: Number(last.sequence),
    },
  };
}

/** The row as the database has it now, without reading it again. */
function asStored(task: NewTask, createdAt: Date): TaskRow {
  return {
    ...task,
    status: "NOT_START",
    progress: 0,
    failureCode: null,
    revision: 1,
    createdAt,
    submittedAt: null,
    startedAt: null,
    finishedAt: null,
  };
}
