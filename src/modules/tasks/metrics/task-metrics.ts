import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { TaskRow } from "../tasks.repository.js";
import type { VendorHealth } from "../vendors/vendor-health.js";

/** Counted by the process that ends the task. */
export class TaskMetrics {
  private readonly taskSeconds: Histogram<"status" | "failure">;
  private readonly reusedVendorIds: Counter<"vendor">;

  constructor(registry: Registry) {
    this.taskSeconds = new Histogram({
      name: "skyriff_task_seconds",
      help: "Time of tasks from their creation to their end, by how they ended",
      labelNames: ["status", "failure"],
      buckets: [5, 15, 30, 60, 120, 300, 600, 1200, 2700, 5400],
      registers: [registry],
    });
    this.reusedVendorIds = new Counter({
      name: "skyriff_vendor_ids_reused_total",
      help: "Orders that a vendor accepted under the id of an earlier order; each was refunded",
      labelNames: ["vendor"],
      registers: [registry],
    });
  }

  vendorIdReused(vendor: string): void {
    this.reusedVendorIds.inc({ vendor });
  }

  ended({ status, failureCode, createdAt, finishedAt }: TaskRow): void {
    const seconds = ((finishedAt ?? createdAt).getTime() - createdAt.getTime()) / 1000;
    this.taskSeconds.observe({ status, failure: failureCode ?? "" }, seconds);
  }
}

/** The circuits as this process sees them, at most one second old. */
export function observeCircuits(
  registry: Registry,
  health: VendorHealth,
  vendors: readonly { name: string }[],
): void {
  new Gauge({
    name: "skyriff_vendor_circuit_open",
    help: "1 while a vendor's circuit is open: nothing is sent to it",
    labelNames: ["vendor"],
    registers: [registry],
    collect() {
      for (const { name: vendor } of vendors) this.set({ vendor }, health.isHealthy(vendor) ? 0 : 1);
    },
  });
}
