import { auditDatabase } from "../../src/app/audit.js";
import type { Breach } from "../../src/platform/db/checks.js";
import type { Db } from "../../src/platform/db.js";

/** Every breach that `skyriff audit` prints. */
export async function breachesOf(db: Db, taskTimeoutMs = 2_700_000): Promise<Breach[]> {
  const found: Breach[] = [];
  await auditDatabase(db, { taskTimeoutMs }, async (breach) => void found.push(breach));
  return found;
}
