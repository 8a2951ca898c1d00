import { Command } from "commander";
import { withDatabase } from "../with-database.js";

export function migrateCommand(): Command {
  return new Command("migrate")
    .description("Brings the database up to date. May be started on many machines at once.")
    .action(() =>
      withDatabase(async () => {
        process.stdout.write("The database is up to date.\n");
      }),
    );
}
