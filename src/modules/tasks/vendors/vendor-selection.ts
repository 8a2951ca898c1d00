import type { Vendor } from "../../../vendors/contract.js";
import type { Ratio, VendorOrder } from "../../catalog/index.js";
import type { Attempt } from "../attempts.repository.js";
import type { WorkerSaga } from "../tasks.context.js";
import type { TaskRow } from "../tasks.repository.js";

export interface Taker {
  vendor: Vendor;
  order: VendorOrder;
  isWell: boolean;
  /** Until it may be asked for this task again: what is left of the Retry-After that it answered. */
  waitMs: number;
}

/** The vendors for this task that are set up here, best first. */
export function takersOf(saga: WorkerSaga, task: TaskRow, attempts: readonly Attempt[]): Taker[] {
  const orders = saga.catalog.vendorsFor({ ...task, ratio: task.ratio as Ratio });
  const nowMs = saga.clock.now().getTime();
  return saga.vendors.takersOf(orders).map((taker) => {
    const { name } = taker.vendor;
    const retryAts = attempts.map(({ vendor, retryAt }) => (vendor === name && retryAt?.getTime()) || 0);
    const waitMs = Math.max(0, ...retryAts.map((retryAtMs) => retryAtMs - nowMs));
    return { ...taker, isWell: saga.health.isWell(name), waitMs };
  });
}

export function mayBeAsked({ isWell, waitMs }: Taker): boolean {
  return isWell && waitMs === 0;
}

/** Until one of them may be asked, as far as they said; one that is unwell may be back at any moment. */
export function shortestWaitMs(takers: readonly Taker[]): number {
  return takers.length === 0 ? 0 : Math.min(...takers.map(({ isWell, waitMs }) => (isWell ? waitMs : 0)));
}

/** How the result of a call for this task counts for its vendor's circuit. */
export function recordHealth(
  { health }: WorkerSaga,
  { name }: Vendor,
  { userId }: TaskRow,
  answered: boolean,
): Promise<void> {
  return answered ? health.recordAnswer(name) : health.recordFailure(name, userId);
}
