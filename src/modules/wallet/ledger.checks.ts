import type { Check } from "../../platform/db/checks.js";
import { balanceChecks } from "./balances.checks.js";
import { incomeChecks } from "./incomes.checks.js";
import { transferChecks } from "./transfers.checks.js";

/** All that must hold of the ledger by itself. */
export const ledgerChecks: Check[] = [...balanceChecks, ...transferChecks, ...incomeChecks];
