import { setTimeout as sleep } from "node:timers/promises";
import type { Readiness } from "../api/operator-routes.js";
import { pendingMigrations } from "../platform/migrations.js";
import type { Core } from "./core.js";

/** What takes longer is as good as away: a load balancer must not wait for the answer. */
const readinessLookMs = 2_000;

/** Able to serve: the database answers, and is up to date. */
export async function readiness(core: Core): Promise<Readiness> {
  const away: Readiness = { ready: false, reasons: ["database"] };
  const look = pendingMigrations(core.db).then(
    (pending) => (pending > 0 ? { ready: false, reasons: ["migrations"] } : { ready: true, reasons: [] }),
    () => away,
  );
  return Promise.race([look, sleep(readinessLookMs, away, { ref: false })]);
}
