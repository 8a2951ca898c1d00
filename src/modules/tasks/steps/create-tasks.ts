import { AppError, renamingFields } from "../../../platform/base/app-error.js";
import { NotFound } from "../../../platform/base/common-errors.js";
import { readKey } from "../../../platform/idempotency/idempotency.js";
import { newUuid } from "../../../platform/ids/ids.js";
import { span } from "../../../platform/observability/tracing.js";
import type { Ratio } from "../../catalog/index.js";
import { ownsMedia } from "../../media/index.js";
import { ownsProject } from "../../projects/index.js";
import type { Creation } from "../creations.repository.js";
import { checkExpectedIn, type TaskContext } from "../tasks.context.js";
import { PriceChanged, VendorUnavailable } from "../tasks.errors.js";
import type { NewTask } from "../tasks.repository.js";

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
  /** The argument, as the client wrote it, that a field of the nth order came from. */
  fieldOf(field: string, nth: number): string;
}

/**
 * Prices the orders, holds their credits and stores the tasks as new ones, to which workers give their
 * jobs. All are created or none; what a call made before under the same key is its answer again.
 */
export function createTasks(saga: TaskContext, call: CreateCall): Promise<Creation> {
  const attributes = { "skyriff.tasks": call.orders.length };
  return span("create tasks", { attributes }, () => priceAndStore(saga, call));
}

async function priceAndStore(saga: TaskContext, call: CreateCall): Promise<Creation> {
  const { userId, mutation, orders } = call;
  const keyed = { userId, mutation, key: readKey(call.idempotencyKey), input: call.about ?? orders };
  try {
    const batchId = mutation === "createTasks" ? newUuid() : null;
    const tasks = orders.map((order, nth) =>
      renamingFields(
        (field) => call.fieldOf(field, nth),
        () => ({ ...price(saga, userId, order), batchId }),
      ),
    );
    await refuseForeignIds(saga, call);
    return await saga.creations.create({ ...keyed, tasks });
  } catch (refusal) {
    // What was sold under this key stands, whatever it would cost or whoever could make it now.
    const first = refusal instanceof AppError && (await saga.creations.firstAnswerTo(keyed));
    if (first) return first;
    throw refusal;
  }
}

function price(saga: TaskContext, userId: string, order: TaskOrder): Omit<NewTask, "batchId"> {
  const { maxCostCredits, ...kept } = order;
  const costCredits = saga.catalog.getPrice(
    { ...order, withImage: order.referenceImageId !== null },
    saga.clock.now(),
  );
  if (maxCostCredits !== null && costCredits > maxCostCredits)
    throw new PriceChanged(costCredits, maxCostCredits);
  if (!isMakeable(saga, order)) throw new VendorUnavailable();
  return { id: newUuid(), userId, costCredits, nextCheckAt: checkExpectedIn(saga, 0), ...kept };
}

/** What does not exist and what is somebody else's: NOT_FOUND, in the same words. */
async function refuseForeignIds(saga: TaskContext, call: CreateCall): Promise<void> {
  for (const [field, owns] of [
    ["projectId", ownsProject],
    ["referenceImageId", ownsMedia],
  ] as const) {
    const ids = call.orders.map((order) => order[field]);
    for (const id of new Set(ids)) {
      if (id === null || (await owns(saga.db, call.userId, id))) continue;
      throw new NotFound(call.fieldOf(field, ids.indexOf(id)));
    }
  }
}

function isMakeable(saga: TaskContext, order: TaskOrder): boolean {
  return saga.catalog.vendorsFor(order).some(({ vendor }) => {
    const known = saga.vendors.forCatalogName(vendor);
    return known !== null && saga.health.isHealthy(known.name);
  });
}
