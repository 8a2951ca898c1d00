import { Gauge, type Registry } from "prom-client";
import type { PoolStats } from "./pool.js";

/** The connection pools of this process, by their purpose. */
export type Pools = Map<string, () => PoolStats>;

/** Registers gauges for the pools. Pools that are added to the map later are measured too. */
export function registerPoolMetrics(registry: Registry): Pools {
  const pools: Pools = new Map();
  const gauge = (name: string, help: string, value: (stats: PoolStats) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ["pool"],
      registers: [registry],
      collect() {
        for (const [pool, stats] of pools) this.set({ pool }, value(stats()));
      },
    });
  gauge(
    "skyriff_database_pool_size",
    "Connections that this process may open",
    (stats) => stats.connectionsMax,
  );
  gauge("skyriff_database_pool_busy", "Connections in use", (stats) => stats.connectionsBusy);
  gauge(
    "skyriff_database_pool_waiting",
    "Statements and transactions that wait for a connection",
    (stats) => stats.waiting,
  );
  return pools;
}
