import { sql } from "drizzle-orm";
import type { Queryable } from "../../../platform/db/index.js";
import { unnest } from "../../../platform/db/prepared.js";
import {
  inputHashOf,
  isUsedKey,
  type KeyedCall,
  storeCalls,
} from "../../../platform/idempotency/idempotency.js";
import type { JobRequestInfo } from "../../../platform/observability/request-info.js";
import type { Ratio } from "../../catalog/index.js";
import { type Balances, type HoldLimits, holdValues, prepareHolds } from "../../wallet/index.js";
import type { TaskRow } from "../tasks.repository.js";

/** A priced order. */
export interface NewTask {
  id: string;
  userId: string;
  prompt: string;
  durationSec: number;
  ratio: Ratio;
  model: string;
  hd: boolean;
  note: string | null;
  projectId: string | null;
  referenceImageId: string | null;
  batchId: string | null;
  costCredits: number;
  nextCheckAt: Date;
  remix: RemixSource | null;
}

/** The work that a task is made from, as of the order. Ids are bare UUIDs. */
export interface RemixSource {
  workId: string;
  /** Held besides the price; 0 if no creator is to be paid. */
  feeCredits: number;
  /** The tasks whose prompts come before the task's own, the original first. */
  promptTaskIds: readonly string[];
}

/** One call's tasks, of which all are created or none. */
export interface PricedTasks extends KeyedCall {
  tasks: readonly NewTask[];
  /** For the logs and traces of the tasks' jobs. */
  requestInfo: JobRequestInfo | undefined;
}

/** The tasks, and the wallet right after they were paid for. */
export interface CreatedTasks {
  tasks: TaskRow[];
  wallet: Balances;
}

interface InsertedTask {
  id: string;
  createdAt: Date;
  wallet: Omit<Balances, "userId">;
}

/** The columns of a task besides those that its hold has: id, user_id and cost_credits. */
const taskColumnTypes = {
  ...{ prompt: "text", duration_sec: "int", ratio: "text", model: "text", hd: "boolean", note: "text" },
  ...{ project_id: "uuid", reference_image_id: "uuid", batch_id: "uuid", next_check_at: "timestamptz" },
  ...{ remix_of: "uuid", remix_fee_credits: "int", prompt_task_ids: "text" },
};
const taskColumns = sql.raw(Object.keys(taskColumnTypes).join(", "));
/** Arrays of different lengths cannot be the elements of an array, so each comes as text. */
const taskValues = sql.raw(
  Object.keys(taskColumnTypes)
    .map((name) => (name === "prompt_task_ids" ? `${name}::uuid[]` : name))
    .join(", "),
);

/** `caller_id`, because the holds have a parameter `user_id` already. */
const callColumnTypes = {
  ...{ caller_id: "uuid", mutation: "text", key: "text", input_hash: "text", result: "jsonb" },
};

/**
 * A user is skipped with all calls if the key of one was used before. `u`, `requested`, `charged` and `held` are
 * relations of HoldStatement (wallet/ledger/hold.ts).
 */
const insertWithHolds = prepareHolds({
  extraColumns: { ...taskColumnTypes, request_info: "jsonb" },
  skipWhen: sql`exists (select from keyed c where c.user_id = u.user_id and ${isUsedKey("c")})`,
  write: (holds) => sql`
    with keyed as materialized (
      select * from ${unnest(callColumnTypes)} as c(user_id, mutation, key, input_hash, result) where key is not null
    ),
    ${holds},
    inserted as (
      insert into tasks (id, user_id, cost_credits, ${taskColumns})
      select task_id, user_id, amount, ${taskValues} from requested join charged using (user_id)
      returning id, created_at
    ),
    without_job as (
      insert into new_tasks (task_id, request_info)
      select task_id, request_info from requested join charged using (user_id)
    ),
    stored_keys as (${storeCalls(sql`keyed c join charged using (user_id)`)})
    select i.id, i.created_at, h.free_after, h.held_after, h.sequence, c.coins_free, c.coins_pending
    from inserted i join held h on h.task_id = i.id join charged c on c.user_id = h.user_id`,
  toRow: ([id, createdAt, free, held, sequence, coinsFree, coinsPending]): InsertedTask => ({
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
 * Holds the credits, stores the tasks as new ones and the calls' keys, for many calls in one statement,
 * which is one transaction. Null for a call that was skipped: its key was used before, its user's credits
 * or limits do not suffice, or either is true of another call of this user.
 */
export async function insertTasks(
  db: Queryable,
  batch: readonly PricedTasks[],
  limits: HoldLimits,
): Promise<(CreatedTasks | null)[]> {
  const tasks = batch.flatMap((call) =>
    call.tasks.map((task) => ({ ...task, userId: call.userId, requestInfo: call.requestInfo })),
  );
  const holds = tasks.map(({ id, userId, costCredits }) => ({ taskId: id, userId, credits: costCredits }));
  const rows = await insertWithHolds(db, {
    caller_id: batch.map((call) => call.userId),
    mutation: batch.map((call) => call.mutation),
    key: batch.map((call) => call.key),
    input_hash: batch.map((call) => call.key && inputHashOf(call)),
    result: batch.map((call) => call.key && JSON.stringify(call.tasks.map(({ id }) => id))),
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
    next_check_at: tasks.map((task) => task.nextCheckAt.toISOString()),
    remix_of: tasks.map(({ remix }) => remix?.workId ?? null),
    remix_fee_credits: tasks.map(({ remix }) => remix?.feeCredits ?? 0),
    prompt_task_ids: tasks.map(({ remix }) => `{${remix?.promptTaskIds.join() ?? ""}}`),
    request_info: tasks.map((task) => (task.requestInfo ? JSON.stringify(task.requestInfo) : null)),
  });
  const inserted = new Map(rows.map((row) => [row.id, row]));
  return batch.map((call) => toResult(call, inserted));
}

function toResult({ userId, tasks }: PricedTasks, inserted: Map<string, InsertedTask>): CreatedTasks | null {
  const rows = tasks.flatMap(({ id }) => inserted.get(id) ?? []);
  const last = rows.at(-1);
  if (!last) return null;
  return {
    tasks: tasks.map((task, nth) => toTaskRow(task, (rows[nth] as InsertedTask).createdAt)),
    wallet: { userId, ...last.wallet },
  };
}

/** The row as the database has it now, without a second read. */
function toTaskRow({ remix, ...task }: NewTask, createdAt: Date): TaskRow {
  return {
    ...task,
    remixOf: remix?.workId ?? null,
    remixFeeCredits: remix?.feeCredits ?? 0,
    promptTaskIds: [...(remix?.promptTaskIds ?? [])],
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
