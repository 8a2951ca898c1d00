import "reflect-metadata";
import { Command } from "commander";
import { auditCommand } from "./commands/audit.js";
import { backupCommand } from "./commands/backup.js";
import { banCommand, unbanCommand } from "./commands/ban.js";
import { demoCommand } from "./commands/demo.js";
import { downloadsCommand } from "./commands/downloads.js";
import { generateCommand } from "./commands/generate.js";
import { grantCommand } from "./commands/grant.js";
import { incomesCommand } from "./commands/incomes.js";
import { jobsCommand } from "./commands/jobs.js";
import { migrateCommand } from "./commands/migrate.js";
import { rankingReviewCommand } from "./commands/ranking-review.js";
import { reportsCommand } from "./commands/reports.js";
import { reverseCommand } from "./commands/reverse.js";
import { sandboxVendorCommand } from "./commands/sandbox-vendor.js";
import { seedCommand } from "./commands/seed.js";
import { serveCommand } from "./commands/serve.js";
import { tidyCommand } from "./commands/tidy.js";
import { verifyCommand } from "./commands/verify.js";
import { workerCommand } from "./commands/worker.js";
import { worksCommand } from "./commands/works.js";

/** The commands of `skyriff`. They fail by rejecting: see `fail`. */
export const createProgram = () =>
  new Command("skyriff")
    .description("A GraphQL server for making videos with AI.")
    .showHelpAfterError()
    .addCommand(serveCommand())
    .addCommand(workerCommand())
    .addCommand(migrateCommand())
    .addCommand(grantCommand())
    .addCommand(backupCommand())
    .addCommand(banCommand())
    .addCommand(unbanCommand())
    .addCommand(reportsCommand())
    .addCommand(worksCommand())
    .addCommand(downloadsCommand())
    .addCommand(incomesCommand())
    .addCommand(reverseCommand())
    .addCommand(rankingReviewCommand())
    .addCommand(auditCommand())
    .addCommand(tidyCommand())
    .addCommand(verifyCommand())
    .addCommand(jobsCommand())
    .addCommand(demoCommand())
    .addCommand(seedCommand())
    .addCommand(sandboxVendorCommand())
    .addCommand(generateCommand(), { hidden: true });
