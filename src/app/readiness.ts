import { setTimeout as sleep } from "node:timers/promises";
import type { Readiness } from "../api/routes/admin-routes.js";
import { singleFlight } from "../platform/async/single-flight.js";
import { pendingMigrations } from "../platform/db/migrations.js";
import type { AppContext } from "./context.js";

/** Load balancers often wait no longer than a second. */
const checkMs = 1_000;

/**
 * Able to serve: the database answers, and is up to date. While one check hangs no other is begun, and
 * the answer is no: at once, if the check is over its time already.
 */
export function readinessOf({ db }: Pick<AppContext, "db">): () => Promise<Readiness> {
  const unavailable: Readiness = { ready: false, reasons: ["database"] };
  let startedAtMs = 0;
  const check = singleFlight(async (): Promise<Readiness> => {
    startedAtMs = performance.now();
    const pending = await pendingMigrations(db).catch(() => null);
    if (pending === null) return unavailable;
    return pending > 0 ? { ready: false, reasons: ["migrations"] } : { ready: true, reasons: [] };
  });
  return async () => {
    const answer = check();
    const restMs = startedAtMs + checkMs - performance.now();
    return restMs > 0 ? Promise.race([answer, sleep(restMs, unavailable, { ref: false })]) : unavailable;
  };
}
