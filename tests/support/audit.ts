import { auditDatabase } from "../../src/app/audit.js";
import { ledgerChecks } from "../../src/modules/wallet/index.js";
import { type Breach, findBreaches } from "../../src/platform/db/checks.js";
import type { Db } from "../../src/platform/db/index.js";

/** Every breach that `skyriff audit` prints. */
export async function breachesOf(db: Db, taskTimeoutMs = 2_700_000): Promise<Breach[]> {
  const found: Breach[] = [];
  await auditDatabase(db, { taskTimeoutMs }, async (breach) => void found.push(breach));
  return found;
}

/** Breaches of the ledger alone, for tests whose holds have no tasks. */
export function ledgerBreachesOf(db: Db): Promise<Breach[]> {
  return db.transaction(async (tx) => {
    const found: Breach[] = [];
    for await (const breach of findBreaches(tx, ledgerChecks)) found.push(breach);
    return found;
  });
}
