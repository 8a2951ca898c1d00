import "reflect-metadata";
import { Command } from "commander";
import { auditCommand } from "./commands/audit.js";
import { backupCommand } from "./commands/backup.js";
import { banCommand, unbanCommand } from "./commands/ban.js";
import { demoCommand } from "./commands/demo.js";
import { generateCommand } from "./commands/generate.js";
import { grantCommand } from "./commands/grant.js";
import { jobsCommand } from "./commands/jobs.js";
import { migrateCommand } from "./commands/migrate.js";
import { sandboxVendorCommand } from "./commands/sandbox-vendor.js";
import { serveCommand } from "./commands/serve.js";
import { tidyCommand } from "./commands/tidy.js";
import { workerCommand } from "./commands/worker.js";
import { fail } from "./fail.js";

const program = new Command("skyriff")
  .description("A GraphQL server for making videos with AI.")
  .showHelpAfterError()
  .addCommand(serveCommand())
  .addCommand(workerCommand())
  .addCommand(migrateCommand())
  .addCommand(grantCommand())
  .addCommand(backupCommand())
  .addCommand(banCommand())
  .addCommand(unbanCommand())
  .addCommand(auditCommand())
  .addCommand(tidyCommand())
  .addCommand(jobsCommand())
  .addCommand(demoCommand())
  .addCommand(sandboxVendorCommand())
  .addCommand(generateCommand(), { hidden: true });

await program.parseAsync().catch(fail);
