import { Command } from "commander";
import {
  PaymentReversals,
  type RemovalDependencies,
  RemovalService,
  type Takedown,
  TakedownService,
  workPrefix,
  worksQueues,
} from "../../modules/works/index.js";
import { DatabaseClock } from "../../platform/db/database-clock.js";
import { BossJobs } from "../../platform/jobs/boss.js";
import { oneLine } from "../one-line.js";
import { openStorage } from "../open-storage.js";
import { withDatabase } from "../with-database.js";

export function worksCommand(): Command {
  const command = new Command("works").description(
    "Removes users' works from public view, and restores them.",
  );
  command
    .command("remove")
    .description(
      "Takes a work out of every feed and list at once, and deletes its public files. Its author sees the reason.",
    )
    .requiredOption("--work <id>", "the work's id, as the API and reports have it: work_01j...")
    .requiredOption("--reason <text>", "for the author; with --refund, payers see it in their statements too")
    .option("--refund", "also reverses its tips and unlocks whose income is still frozen")
    .option("--with-remixes", "also takes out everything made from it, at every level")
    .action(remove);
  command
    .command("restore")
    .description("Gives a removed work the status that it had. If it was published, it gets new links.")
    .requiredOption("--work <id>", "the work's id: work_01j...")
    .action(({ work }: { work: string }) => restore(work));
  return command;
}

interface RemoveOptions {
  work: string;
  reason: string;
  refund?: boolean;
  withRemixes?: boolean;
}

async function remove({ work, reason, refund = false, withRemixes = false }: RemoveOptions): Promise<void> {
  await withRemovals(async (tools) => {
    const takedowns = new TakedownService({ ...tools, reversals: new PaymentReversals(tools.db, tools.bus) });
    for await (const takedown of takedowns.takeDown(work, { reason, refund, withRemixes })) {
      process.stdout.write(textOf(takedown));
      for (const { payerId, problem } of takedown.refunds?.failures ?? []) {
        process.stderr.write(`Not reversed. A payment of ${payerId} for ${takedown.workId}: ${problem}\n`);
        process.exitCode = 1;
      }
    }
  });
}

function textOf({ workId, removal, refunds }: Takedown): string {
  const refunded = refunds
    ? `Reversed. Payments for ${workId}: ${refunds.payments}; returned to payers: ${refunds.credits} credits.\n`
    : "";
  return `${removalText(workId, removal)}\n${refunded}`;
}

function removalText(workId: string, removal: Takedown["removal"]): string {
  if (!removal) return `${workId} is gone with its video.`;
  const { status, removedAt, removalReason } = removal.work;
  return removal.isNew
    ? `Removed. ${workId} was ${status}. Its links stop working.`
    : `${workId} is removed already, since ${removedAt?.toISOString()}: ${oneLine(removalReason ?? "")}`;
}

async function restore(id: string): Promise<void> {
  const work = await withRemovals((tools) => new RemovalService(tools).restore(id));
  process.stdout.write(`Restored. ${workPrefix.toPublicId(work.id)} is ${work.status} again.\n`);
}

function withRemovals<T>(act: (tools: RemovalDependencies) => Promise<T>): Promise<T> {
  return withDatabase(async (tools) => {
    const { db, bus, logger } = tools;
    const storage = await openStorage(tools);
    const clock = await DatabaseClock.measure(db);
    const jobs = await BossJobs.start({ db, bus, logger, queues: worksQueues, supervise: false });
    try {
      return await act({ db, bus, logger, storage, clock, jobs });
    } finally {
      await jobs.stop();
    }
  });
}
