import { Command, InvalidArgumentError } from "commander";
import { auditTasks } from "../../modules/tasks/index.js";
import { auditLedger } from "../../modules/wallet/index.js";
import { auditVendors, reviewAttempts } from "../audit-vendors.js";
import { type CommandTools, withDatabase } from "../with-database.js";

interface AuditOptions {
  vendor?: boolean;
  reviewed?: string[];
}

export function auditCommand(): Command {
  return new Command("audit")
    .description(
      "Checks every ledger invariant and every task against the ledger. Exits 1 on a breach. " +
        "With --vendor it exits 2 if there is no breach and something to look at or to ask again.",
    )
    .option("--vendor", "also asks the vendors, and lists unknown outcomes and late successes")
    .option("--reviewed <attempt...>", "marks these attempts as seen to; all: every one there is", attemptIds)
    .action((options: AuditOptions) => withDatabase((tools) => audit(tools, options)));
}

async function audit(tools: CommandTools, { vendor, reviewed }: AuditOptions): Promise<void> {
  if (reviewed) await reviewAttempts(tools, reviewed);
  // One snapshot, so that a running server cannot make it look wrong.
  const breaches = await tools.db.transaction(
    async (tx) => [...(await auditLedger(tx)), ...(await auditTasks(tx))],
    { isolationLevel: "repeatable read", accessMode: "read only" },
  );
  for (const { invariant, detail } of breaches) process.stdout.write(`BREACH ${invariant}: ${detail}\n`);
  process.stdout.write(breaches.length === 0 ? "Every invariant holds.\n" : `${breaches.length} breaches.\n`);
  const open = vendor ? await auditVendors(tools) : 0;
  if (breaches.length > 0) process.exitCode = 1;
  else if (open > 0) process.exitCode = 2;
}

function attemptIds(text: string, earlier: string[] = []): string[] {
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
  if (text !== "all" && !isId) throw new InvalidArgumentError("It must be an attempt's id, or all.");
  return [...earlier, text];
}
