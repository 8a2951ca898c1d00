import { NotFound } from "../../../platform/common-errors.js";
import { crashPoint } from "../../../platform/crash-points.js";
import type { Tx } from "../../../platform/db.js";
import { once } from "../../../platform/idempotency.js";
import { newUuid } from "../../../platform/ids.js";
import { span } from "../../../platform/tracing.js";
import type { Ratio } from "../../catalog/index.js";
import { ownsMedia } from "../../media/index.js";
import { ownsProject } from "../../projects/index.js";
import { hold } from "../../wallet/index.js";
import { announceTask, lookExpectedIn, type Saga } from "../saga.js";
import { PriceChanged, QuotaExceeded, VendorUnavailable } from "../tasks.errors.js";
import { submitQueue } from "../tasks.jobs.js";
import {
  insertTasks,
  type NewTask,
  newTaskId,
  quotaUse,
  type TaskRow,
  tasksByIds,
} from "../tasks.repository.js";

/** What a user asks for, with its texts read and its defaults filled in. */
export interface TaskOrder {
  prompt: string;
  durationSec: number;
  ratio: Ratio;
  model: string;
  hd: boolean;
  maxCostCredits: number | null;
  note: string | null;
  /** Bare UUIDs; must be the user's own. */
  projectId: string | null;
  referenceImageId: string | null;
}

export interface CreateCall {
  userId: string;
  mutation: "createTask" | "createTasks" | "retryTask";
  idempotencyKey: string | null;
  orders: readonly TaskOrder[];
  /** What else decides what the call does, for its idempotency key. */
  about?: object;
}

/**
 * Prices the orders, holds their credits, stores the tasks and queues their submission, all in one
 * transaction; then announces them. All are created or none.
 */
export function createTasks(saga: Saga, call: CreateCall): Promise<TaskRow[]> {
  const attributes = { "skyriff.tasks": call.orders.length };
  return span("create tasks", { attributes }, () => storeAndAnnounce(saga, call));
}

async function storeAndAnnounce(saga: Saga, call: CreateCall): Promise<TaskRow[]> {
  const { userId, mutation, orders } = call;
  const keyed = { userId, mutation, key: call.idempotencyKey, input: call.about ?? orders };
  const { result: ids, replayed } = await saga.db.transaction((tx) =>
    once(tx, keyed, async () => {
      const batchId = mutation === "createTasks" ? newUuid() : null;
      await refuseForeignIds(tx, userId, orders);
      const rows = orders.map((order) => ({ ...price(saga, userId, order), batchId }));
      await hold(
        tx,
        rows.map((row) => ({ userId, taskId: row.id, credits: row.costCredits })),
      );
      await insertTasks(tx, rows);
      await refuseOverQuota(saga, tx, userId);
      await saga.jobs.enqueue(tx, submitQueue, rows.map(toSubmission));
      return rows.map((row) => row.id);
    }),
  );
  const created = inOrder(ids, await tasksByIds(saga.db, ids));
  if (!replayed) {
    crashPoint("create-task.committed");
    saga.jobs.announce(submitQueue);
    saga.wallets.announce(userId);
    for (const task of created) announceTask(saga, task);
  }
  return created;
}

function price(saga: Saga, userId: string, order: TaskOrder): Omit<NewTask, "batchId"> {
  const { maxCostCredits, ...kept } = order;
  const costCredits = saga.catalog.priceOf(
    { ...order, withImage: order.referenceImageId !== null },
    saga.clock.now(),
  );
  if (maxCostCredits !== null && costCredits > maxCostCredits)
    throw new PriceChanged(costCredits, maxCostCredits);
  if (!isMakeable(saga, order)) throw new VendorUnavailable();
  return {
    id: newTaskId(),
    userId,
    costCredits,
    nextLookAt: lookExpectedIn(saga, 0),
    ...kept,
  };
}

/** What does not exist and what is somebody else's: NOT_FOUND, in the same words. */
async function refuseForeignIds(tx: Tx, userId: string, orders: readonly TaskOrder[]): Promise<void> {
  const projectIds = new Set(orders.flatMap(({ projectId }) => projectId ?? []));
  const imageIds = new Set(orders.flatMap(({ referenceImageId }) => referenceImageId ?? []));
  for (const id of projectIds) if (!(await ownsProject(tx, userId, id))) throw new NotFound();
  for (const id of imageIds) if (!(await ownsMedia(tx, userId, id))) throw new NotFound();
}

function isMakeable(saga: Saga, order: TaskOrder): boolean {
  return saga.catalog.vendorsFor(order).some(({ vendor }) => {
    const known = saga.vendors.forCatalogName(vendor);
    return known !== null && saga.health.isWell(known.name);
  });
}

/** The hold has locked the user's wallet, so calls of one user count one after the other: exact. */
async function refuseOverQuota(saga: Saga, tx: Tx, userId: string): Promise<void> {
  const { maxConcurrentTasks, maxTasksPerDay, taskTimeoutMs } = saga.limits;
  const dayStart = saga.clock.now();
  dayStart.setUTCHours(0, 0, 0, 0);
  const use = await quotaUse(tx, userId, dayStart);
  if (use.unfinished > maxConcurrentTasks) {
    const oldest = use.oldestUnfinishedAt ?? saga.clock.now();
    throw new QuotaExceeded("unfinished", maxConcurrentTasks, new Date(oldest.getTime() + taskTimeoutMs));
  }
  if (use.today > maxTasksPerDay) {
    throw new QuotaExceeded("daily", maxTasksPerDay, new Date(dayStart.getTime() + 24 * 3600 * 1000));
  }
}

function toSubmission({ id, userId }: { id: string; userId: string }) {
  return { payload: { taskId: id, tries: 0 }, group: userId, onceKey: id };
}

function inOrder(ids: readonly string[], rows: TaskRow[]): TaskRow[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => {
    const row = byId.get(id);
    if (!row) throw new NotFound();
    return row;
  });
}
