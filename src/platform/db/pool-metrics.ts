import { Gauge, type Registry } from "prom-client";
import type { PoolStats } from "./pool.js";

/** This process's pools of database connections, by what each is for. */
export type Pools = Map<string, () => PoolStats>;

/** How busy the pools are. What is added to them later is seen too. */
export function observePools(registry: Registry): Pools {
  const pools: Pools = new Map();
  const gauge = (name: string, help: string, value: (use: PoolStats) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ["pool"],
      registers: [registry],
      collect() {
        for (const [pool, use] of pools) this.set({ pool }, value(use()));
      },
    });
  gauge("skyriff_database_pool_size", "Connections that this process may open", (use) => use.connectionsMax);
  gauge("skyriff_database_pool_busy", "Connections in use", (use) => use.connectionsBusy);
  gauge(
    "skyriff_database_pool_waiting",
    "Statements and transactions that wait for a connection",
    (use) => use.waiting,
  );
  return pools;
}
