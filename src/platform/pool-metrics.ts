import { Gauge, type Registry } from "prom-client";
import type { DatabaseUse } from "./db/pool.js";

/** How busy this process's pools of database connections are, by what each is for. */
export function observePools(registry: Registry, pools: Readonly<Record<string, () => DatabaseUse>>): void {
  const gauge = (name: string, help: string, value: (use: DatabaseUse) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ["pool"],
      registers: [registry],
      collect() {
        for (const [pool, use] of Object.entries(pools)) this.set({ pool }, value(use()));
      },
    });
  gauge("skyriff_database_pool_size", "Connections that this process may open", (use) => use.connectionsMax);
  gauge("skyriff_database_pool_busy", "Connections in use", (use) => use.connectionsBusy);
  gauge(
    "skyriff_database_pool_waiting",
    "Statements and transactions that wait for a connection",
    (use) => use.waiting,
  );
}
