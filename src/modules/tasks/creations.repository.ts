import { sql } from "drizzle-orm";
import type { Queryable } from "../../platform/db/index.js";
import { unnest } from "../../platform/db/prepared.js";
import { inputHashOf, isUsedKey, storeCalls } from "../../platform/idempotency/idempotency.js";
import type { JobRequestInfo } from "../../platform/observability/request-info.js";
import { type Balances, type HoldLimits, holdValues, prepareHolds } from "../wallet/index.js";
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

/** A call, and the request that its tasks' jobs are ascribed to. */
export type AskedCall = CreationCall & { origin: JobRequestInfo | undefined };

/** What came of it: the tasks, and the wallet right after. */
export interface Creation {
  tasks: TaskRow[];
  wallet: Balances;
}

/** A task as it was stored, and its owner's wallet right after. */
interface Made {
  id: string;
  createdAt: Date;
  wallet: Omit<Balances, "userId">;
}

/** What is stored of a task besides what its hold says. */
const ofTask = {
  ...{ prompt: "text", duration_sec: "int", ratio: "text", model: "text", hd: "boolean", note: "text" },
  ...{ project_id: "uuid", reference_image_id: "uuid", batch_id: "uuid", next_look_at: "timestamptz" },
};
const taskColumns = sql.raw(Object.keys(ofTask).join(", "));

const ofCall = { caller_id: "uuid", mutation: "text", key: "text", input_hash: "text", result: "jsonb" };

/** A user is left out with all calls if the key of one was used before. */
const store = prepareHolds({
  extraColumns: { ...ofTask, origin: "jsonb" },
  skipWhen: sql`exists (select from keyed c where c.user_id = u.user_id and ${isUsedKey("c")})`,
  write: (holds) => sql`
    with keyed as materialized (
      select * from ${unnest(ofCall)} as c(user_id, mutation, key, input_hash, result) where key is not null
    ),
    ${holds},
    made as (
      insert into tasks (id, user_id, cost_credits, ${taskColumns})
      select task_id, user_id, amount, ${taskColumns} from asked join charged using (user_id)
      returning id, created_at
    ),
    listed as (
      insert into new_tasks (task_id, origin)
      select task_id, origin from asked join charged using (user_id)
    ),
    kept as (${storeCalls(sql`keyed c join charged using (user_id)`)})
    select m.id, m.created_at, h.free_after, h.held_after, h.sequence, c.coins_free, c.coins_pending
    from made m join held h on h.task_id = m.id join charged c on c.user_id = h.user_id`,
  toRow: ([id, createdAt, free, held, sequence, coinsFree, coinsPending]): Made => ({
    id: id as string,
    createdAt: new Date(createdAt as string),
    wallet: {
      creditsFree: Number(free),
      creditsHeld: Number(held),
      coinsFree: Number(coinsFree),
      coinsPending: Number(coinsPending),
      sequence: Number(sequence),
    },
  }),
});

/**
 * Holds the credits, stores the tasks as new ones and remembers the calls' keys, for many calls in one
 * statement, which is one transaction. Null for a call that was left out: its key was used before, or its
 * user's credits or limits do not suffice, or that is so of another call of this user.
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
  const rows = await store(db, {
    caller_id: calls.map((call) => call.userId),
    mutation: calls.map((call) => call.mutation),
    key: calls.map((call) => call.key),
    input_hash: calls.map((call) => call.key && inputHashOf(call)),
    result: calls.map((call) => call.key && JSON.stringify(call.tasks.map(({ id }) => id))),
    ...holdValues(holds, limits),
    prompt: tasks.map((task) => task.prompt),
    duration_sec: tasks.map((task) => task.durationSec),
    ratio: tasks.map((task) => task.ratio),
    model: tasks.map((task) => task.model),
    hd: tasks.map((task) => String(task.hd)), // The driver takes an array of booleans for one boolean.
    note: tasks.map((task) => task.note),
    project_id: tasks.map((task) => task.projectId),
    reference_image_id: tasks.map((task) => task.referenceImageId),
    batch_id: tasks.map((task) => task.batchId),
    next_look_at: tasks.map((task) => task.nextCheckAt.toISOString()),
    origin: tasks.map((task) => (task.origin ? JSON.stringify(task.origin) : null)),
  });
  const made = new Map(rows.map((row) => [row.id, row]));
  return calls.map((call) => toCreation(call, made));
}

function toCreation({ userId, tasks }: CreationCall, made: Map<string, Made>): Creation | null {
  const rows = tasks.flatMap(({ id }) => made.get(id) ?? []);
  const last = rows.at(-1);
  if (!last) return null;
  return {
    tasks: tasks.map((task, n) => asStored(task, (rows[n] as Made).createdAt)),
    wallet: { userId, ...last.wallet },
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
    cancelRequestedAt: null,
  };
}
