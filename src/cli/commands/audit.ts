import { once } from "node:events";
import { Command, InvalidArgumentError } from "commander";
import { auditDatabase } from "../../app/audit.js";
import { auditVendors, reviewAttempts } from "../audit-vendors.js";
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
  let breaches = await auditDatabase(tools.db, limits, report);
  if (files || bytes) {
    for await (const breach of auditFiles(tools, { bytes })) {
      await report(breach);
      breaches += 1;
    }
  }
  await print(breaches === 0 ? "Every invariant holds." : `${breaches} breaches.`);
  const open = vendor ? await auditVendors(tools) : 0;
  if (breaches > 0) process.exitCode = 1;
  else if (open > 0) process.exitCode = 2;
}

function report({ invariant, detail }: { invariant: string; detail: string }): Promise<void> {
  return print(`BREACH ${invariant}: ${detail}`);
}

/** Waits for readers that are slower than the database. */
async function print(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, "drain");
}

function attemptIds(text: string, earlier: string[] = []): string[] {
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
  if (text !== "all" && !isId) throw new InvalidArgumentError("It must be an attempt's id, or all.");
  return [...earlier, text];
}
