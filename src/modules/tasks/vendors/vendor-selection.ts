import type { Vendor } from "../../../vendors/contract.js";
import type { Ratio, VendorOrder } from "../../catalog/index.js";
import type { Attempt } from "../attempts.repository.js";
import type { WorkerContext } from "../tasks.context.js";
import type { TaskRow } from "../tasks.repository.js";

export interface Candidate {
  vendor: Vendor;
  order: VendorOrder;
  isHealthy: boolean;
  /** Until it may be asked for this task again: what is left of the Retry-After that it answered. */
  waitMs: number;
}

/** The vendors for this task that are set up here, best first. */
export function candidatesFor(
  context: WorkerContext,
  task: TaskRow,
  attempts: readonly Attempt[],
): Candidate[] {
  const orders = context.catalog.vendorsFor({ ...task, ratio: task.ratio as Ratio });
  const nowMs = context.clock.now().getTime();
  return context.vendors.candidatesFor(orders).map((taker) => {
    const { name } = taker.vendor;
    const retryAts = attempts.map(({ vendor, retryAt }) => (vendor === name && retryAt?.getTime()) || 0);
    const waitMs = Math.max(0, ...retryAts.map((retryAtMs) => retryAtMs - nowMs));
    return { ...taker, isHealthy: context.health.isHealthy(name), waitMs };
  });
}

export function isAvailable({ isHealthy, waitMs }: Candidate): boolean {
  return isHealthy && waitMs === 0;
}

/** Until one of them may be asked, as far as they said; one that is unwell may be back at any moment. */
export function shortestWaitMs(takers: readonly Candidate[]): number {
  return takers.length === 0
    ? 0
    : Math.min(...takers.map(({ isHealthy, waitMs }) => (isHealthy ? waitMs : 0)));
}

/** How the result of a call for this task counts for its vendor's circuit. */
export function recordHealth(
  { health }: WorkerContext,
  { name }: Vendor,
  { userId }: TaskRow,
  answered: boolean,
): Promise<void> {
  return answered ? health.recordAnswer(name) : health.recordFailure(name, userId);
}
