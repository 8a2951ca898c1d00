import { type Breach, type Check, listBreaches } from "../../platform/db/checks.js";
import type { Queryable } from "../../platform/db.js";
import { balanceChecks } from "./balances.checks.js";
import { transferChecks } from "./transfers.checks.js";

/** All that must hold of the ledger by itself. */
export const ledgerChecks: Check[] = [...balanceChecks, ...transferChecks];

/** Where the ledger by itself is broken. */
export function auditLedger(db: Queryable): Promise<Breach[]> {
  return listBreaches(db, ledgerChecks);
}
