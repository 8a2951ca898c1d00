import type { Vendor } from "../../../vendors/contract.js";
import type { Ratio, VendorOrder } from "../../catalog/index.js";
import type { Attempt } from "../attempts.repository.js";
import type { WorkerSaga } from "../saga.js";
import type { TaskRow } from "../tasks.repository.js";

export interface Taker {
  vendor: Vendor;
  order: VendorOrder;
  /** Until it may be asked for this task again: what is left of the Retry-After that it answered. */
  waitMs: number;
}

/** The vendors for this task that are set up here and well, best first. */
export function takersOf(saga: WorkerSaga, task: TaskRow, attempts: readonly Attempt[]): Taker[] {
  const orders = saga.catalog.vendorsFor({ ...task, ratio: task.ratio as Ratio });
  const nowMs = saga.clock.now().getTime();
  return saga.vendors
    .takersOf(orders)
    .filter(({ vendor }) => saga.health.isWell(vendor.name))
    .map((taker) => {
      const retryAts = attempts
        .filter(({ vendor }) => vendor === taker.vendor.name)
        .map(({ retryAt }) => retryAt?.getTime() ?? 0);
      return { ...taker, waitMs: Math.max(0, ...retryAts.map((retryAtMs) => retryAtMs - nowMs)) };
    });
}

/** Until the first of them may be asked; 0 if there is none, or one that may be asked at any time. */
export function shortestWaitMs(takers: readonly Taker[]): number {
  return takers.length === 0 ? 0 : Math.min(...takers.map(({ waitMs }) => waitMs));
}
