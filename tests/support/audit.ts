import { auditDatabase } from "../../src/app/audit.js";
import { socialChecks } from "../../src/modules/social/index.js";
import { downloadChecks } from "../../src/modules/videos/index.js";
import { ledgerChecks } from "../../src/modules/wallet/index.js";
import { workChecks } from "../../src/modules/works/index.js";
import { type Breach, type Check, findBreaches } from "../../src/platform/db/checks.js";
import type { Db } from "../../src/platform/db/index.js";

/** Every breach that `skyriff audit` prints. */
export async function breachesOf(db: Db, taskTimeoutMs = 2_700_000): Promise<Breach[]> {
  const found: Breach[] = [];
  await auditDatabase(db, { taskTimeoutMs }, async (breach) => void found.push(breach));
  return found;
}

/** Breaches of the ledger alone, for tests whose holds have no tasks. */
export const ledgerBreachesOf = (db: Db) => breachesOfChecks(db, ledgerChecks);

/** Breaches of the record of downloads alone, for tests whose videos were not paid for. */
export const downloadBreachesOf = (db: Db) => breachesOfChecks(db, downloadChecks);

/** Breaches of works, follows and blocks alone, for tests whose videos were not paid for. */
export const communityBreachesOf = (db: Db) => breachesOfChecks(db, [...socialChecks, ...workChecks]);

function breachesOfChecks(db: Db, checks: readonly Check[]): Promise<Breach[]> {
  return db.transaction(async (tx) => {
    const found: Breach[] = [];
    for await (const breach of findBreaches(tx, checks)) found.push(breach);
    return found;
  });
}
