import type { Vendor } from "../../../vendors/contract.js";
import type { Ratio, VendorOrder } from "../../catalog/index.js";
import type { Attempt } from "../attempts.repository.js";
import type { WorkerContext } from "../tasks.context.js";
import type { TaskRow } from "../tasks.repository.js";

export interface Candidate {
  vendor: Vendor;
  order: VendorOrder;
  isHealthy: boolean;
  /** The rest of the Retry-After that it sent for this task. */
  waitMs: number;
}

/** The vendors for this task that are configured here, best first. */
export function candidatesFor(
  context: WorkerContext,
  task: TaskRow,
  attempts: readonly Attempt[],
): Candidate[] {
  const orders = context.catalog.vendorsFor({ ...task, ratio: task.ratio as Ratio });
  const nowMs = context.clock.now().getTime();
  return context.vendors.candidatesFor(orders).map((candidate) => {
    const { name } = candidate.vendor;
    const retryAts = attempts.map(({ vendor, retryAt }) => (vendor === name && retryAt?.getTime()) || 0);
    const waitMs = Math.max(0, ...retryAts.map((retryAtMs) => retryAtMs - nowMs));
    return { ...candidate, isHealthy: context.health.isHealthy(name), waitMs };
  });
}

export function isAvailable({ isHealthy, waitMs }: Candidate): boolean {
  return isHealthy && waitMs === 0;
}

/** Until the first Retry-After ends; 0 if a circuit is open, because it may close at any moment. */
export function shortestWaitMs(candidates: readonly Candidate[]): number {
  return candidates.length === 0
    ? 0
    : Math.min(...candidates.map(({ isHealthy, waitMs }) => (isHealthy ? waitMs : 0)));
}

/** Counts the result of a call for the vendor's circuit. */
export function recordHealth(
  { health }: WorkerContext,
  { name }: Vendor,
  { userId }: TaskRow,
  answered: boolean,
): Promise<void> {
  return answered ? health.recordAnswer(name) : health.recordFailure(name, userId);
}
