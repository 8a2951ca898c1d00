import { Command, InvalidArgumentError } from "commander";
import { auditDatabase } from "../../app/audit.js";
import { auditVendors, reviewAttempts } from "../audit-vendors.js";
import { printBreach, printLine } from "../print-line.js";
import { auditFiles } from "../stored-files.js";
import { type CommandTools, withDatabase } from "../with-database.js";

interface AuditOptions {
  files?: boolean;
  bytes?: boolean;
  vendor?: boolean;
  reviewed?: string[];
}

export function auditCommand(): Command {
  return new Command("audit")
    .description(
      "Checks every ledger invariant and every task against the ledger. Exits 1 on a breach. " +
        "With --vendor it exits 2 if there is no breach and something to look at or to ask again.",
    )
    .option("--files", "also compares the stored files with the rows, both ways")
    .option("--bytes", "with --files: reads every file and compares its checksum")
    .option("--vendor", "also asks the vendors, and lists unknown outcomes and late successes")
    .option("--reviewed <attempt...>", "marks these attempts as seen to; all: every one there is", attemptIds)
    .action((options: AuditOptions) => withDatabase((tools) => audit(tools, options)));
}

async function audit(tools: CommandTools, options: AuditOptions): Promise<void> {
  const { vendor, reviewed, files, bytes = false } = options;
  if (reviewed) await reviewAttempts(tools, reviewed);
  const limits = { taskTimeoutMs: tools.config.TASK_TIMEOUT_MS };
  let breaches = await auditDatabase(tools.db, limits, printBreach);
  if (files || bytes) {
    for await (const breach of auditFiles(tools, { bytes })) {
      await printBreach(breach);
      breaches += 1;
    }
  }
  await printLine(breaches === 0 ? "Every invariant holds." : `${breaches} breaches.`);
  const open = vendor ? await auditVendors(tools) : 0;
  if (breaches > 0) process.exitCode = 1;
  else if (open > 0) process.exitCode = 2;
}

function attemptIds(text: string, earlier: string[] = []): string[] {
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
  if (text !== "all" && !isId) throw new InvalidArgumentError("It must be an attempt's id, or all.");
  return [...earlier, text];
}
