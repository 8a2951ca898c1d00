import { accountChecks } from "../modules/accounts/index.js";
import { mediaChecks } from "../modules/media/index.js";
import { projectChecks } from "../modules/projects/index.js";
import { reportChecks } from "../modules/reports/index.js";
import { socialChecks } from "../modules/social/index.js";
import { taskChecks } from "../modules/tasks/index.js";
import { downloadChecks, videoChecks } from "../modules/videos/index.js";
import { ledgerChecks, walletOwnerChecks } from "../modules/wallet/index.js";
import { workChecks } from "../modules/works/index.js";
import { type Breach, type Check, findBreaches } from "../platform/db/checks.js";
import type { Db } from "../platform/db/index.js";

/** Every check of the database that there is. */
export function auditChecks(limits: { taskTimeoutMs: number }): Check[] {
  return [
    ...ledgerChecks,
    ...walletOwnerChecks,
    ...taskChecks(limits),
    ...videoChecks,
    ...downloadChecks,
    ...accountChecks,
    ...socialChecks,
    ...workChecks,
    ...reportChecks,
    ...projectChecks,
    ...mediaChecks,
  ];
}

/**
 * Runs them all and reports each breach as it is found. Returns their number. All checks read one
 * snapshot, so a running server cannot make them look wrong.
 */
export function auditDatabase(
  db: Db,
  limits: { taskTimeoutMs: number },
  report: (breach: Breach) => Promise<void>,
): Promise<number> {
  return db.transaction(
    async (tx) => {
      let breaches = 0;
      for await (const breach of findBreaches(tx, auditChecks(limits))) {
        breaches++;
        await report(breach);
      }
      return breaches;
    },
    { isolationLevel: "repeatable read", accessMode: "read only" },
  );
}
