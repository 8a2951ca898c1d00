import { Command } from "commander";
import { auditTasks } from "../../modules/tasks/index.js";
import { auditLedger } from "../../modules/wallet/index.js";
import { withDatabase } from "../with-database.js";

export function auditCommand(): Command {
  return new Command("audit")
    .description("Checks every ledger invariant and every task against the ledger. Exits 1 on a breach.")
    .action(audit);
}

async function audit(): Promise<void> {
  const breaches = await withDatabase(({ db }) =>
    // One snapshot, so that a running server cannot make it look wrong.
    db.transaction(async (tx) => [...(await auditLedger(tx)), ...(await auditTasks(tx))], {
      isolationLevel: "repeatable read",
      accessMode: "read only",
    }),
  );
  for (const { invariant, detail } of breaches) process.stdout.write(`BREACH ${invariant}: ${detail}\n`);
  process.stdout.write(breaches.length === 0 ? "Every invariant holds.\n" : `${breaches.length} breaches.\n`);
  if (breaches.length > 0) process.exitCode = 1;
}
