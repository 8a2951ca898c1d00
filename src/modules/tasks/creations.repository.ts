import { sql } from "drizzle-orm";
import type { Queryable } from "../../platform/db.js";
import { inputHashOf, isFirstCall, keepCalls } from "../../platform/idempotency.js";
import { newUuid } from "../../platform/ids.js";
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

/** What came of it: the tasks, and the wallet right after. */
export interface Creation {
  tasks: TaskRow[];
  wallet: Balances;
}

type MadeRow = {
  call: number;
  place: number;
  created_at: string;
  free: string;
  held: string;
  sequence: string;
  coins_free: string;
  coins_pending: string;
};

/**
 * Holds the credits, stores the tasks and remembers the calls' keys, for many calls in one statement,
 * which is one transaction. Null for a call that was left out: its key was used before, or the credits
 * or limits of its user do not suffice for all that this group asks of them.
 */
export async function storeCreations(
  db: Queryable,
  calls: readonly CreationCall[],
  limits: HoldLimits,
): Promise<(Creation | null)[]> {
  const tasks = calls.flatMap((call, n) => call.tasks.map((task) => ({ ...task, call: n + 1 })));
  const ofCalls = (pick: (call: CreationCall) => string | null) => sql.param(calls.map(pick));
  const ofTasks = <T>(pick: (task: (typeof tasks)[number]) => T) => sql.param(tasks.map(pick));
  const rows = await db.execute<MadeRow>(sql`
    with fresh as materialized (
      select c.* from unnest(${ofCalls((c) => c.userId)}::uuid[], ${ofCalls((c) => c.mutation)}::text[],
        ${ofCalls((c) => c.key)}::text[], ${ofCalls((c) => c.key && inputHashOf(c))}::text[],
        ${ofCalls((c) => c.key && JSON.stringify(c.tasks.map(({ id }) => id)))}::text[])
        with ordinality as c(user_id, mutation, key, input_hash, result, call)
      where ${isFirstCall("c")}
    ),
    wanted as materialized (
      select t.*, f.user_id from unnest(${ofTasks((t) => t.call)}::int[], ${ofTasks((t) => t.id)}::uuid[],
        ${ofTasks(newUuid)}::uuid[], ${ofTasks((t) => t.prompt)}::text[], ${ofTasks((t) => t.durationSec)}::int[],
        ${ofTasks((t) => t.ratio)}::text[], ${ofTasks((t) => t.model)}::text[], ${ofTasks((t) => Number(t.hd))}::int[],
        ${ofTasks((t) => t.note)}::text[], ${ofTasks((t) => t.projectId)}::uuid[],
        ${ofTasks((t) => t.referenceImageId)}::uuid[], ${ofTasks((t) => t.batchId)}::uuid[],
        ${ofTasks((t) => t.costCredits)}::int[], ${ofTasks((t) => t.nextLookAt.toISOString())}::text[])
        with ordinality as t(call, id, transfer_id, prompt, duration_sec, ratio, model, hd, note, project_id,
          reference_image_id, batch_id, cost_credits, next_look_at, place)
      join fresh f on f.call = t.call
    ),
    ${holdCtes(sql`select transfer_id, id, user_id, cost_credits, place from wanted`, limits)},
    made as (
      insert into tasks (id, user_id, prompt, duration_sec, ratio, model, hd, note, project_id,
        reference_image_id, batch_id, cost_credits, next_look_at)
      select w.id, w.user_id, w.prompt, w.duration_sec, w.ratio, w.model, w.hd = 1, w.note, w.project_id,
        w.reference_image_id, w.batch_id, w.cost_credits, w.next_look_at::timestamptz
      from wanted w join charged c on c.user_id = w.user_id
      returning id, created_at
    ),
    kept as (${keepCalls(sql`fresh c join charged using (user_id)`)})
    select w.call, w.place::int, m.created_at, h.free_after as free, h.held_after as held, h.sequence,
      c.coins_free, c.coins_pending
    from made m join wanted w on w.id = m.id join held h on h.task_id = m.id
      join charged c on c.user_id = w.user_id
    order by w.place`);
  const made = Map.groupBy(rows, (row) => row.call);
  return calls.map((call, n) => toCreation(call, made.get(n + 1)));
}

function toCreation({ userId, tasks }: CreationCall, rows: MadeRow[] | undefined): Creation | null {
  const last = rows?.at(-1);
  if (!rows || !last) return null;
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
