import { Command } from "commander";
import { userPrefix } from "../../modules/accounts/index.js";
import { IncomesService } from "../../modules/wallet/index.js";
import { findUserId } from "../find-user.js";
import { toUserSelector, type UserOptions, withUserOptions } from "../user-options.js";
import { withDatabase } from "../with-database.js";

export function incomesCommand(): Command {
  const command = new Command("incomes").description("Releases creators' income, or keeps it frozen.");
  command
    .command("release")
    .description("Releases what is due now, beside the job that does so every minute.")
    .action(releaseDue);
  withUserOptions(command.command("hold"))
    .description("Keeps all of a user's pending income frozen, later income too, until release-hold.")
    .action((options: UserOptions) => setHold(options, true));
  withUserOptions(command.command("release-hold"))
    .description("Ends a hold. Due income is released within a minute.")
    .action((options: UserOptions) => setHold(options, false));
  return command;
}

async function releaseDue(): Promise<void> {
  await withDatabase(async ({ db, bus }) => {
    const released = await new IncomesService(db, bus).releaseDue();
    process.stdout.write(`Released. Incomes: ${released}.\n`);
  });
}

async function setHold(options: UserOptions, isHeld: boolean): Promise<void> {
  const which = toUserSelector(options);
  await withDatabase(async ({ db, bus }) => {
    const userId = await findUserId(db, which);
    const incomes = new IncomesService(db, bus);
    const isNew = isHeld ? await incomes.hold(userId) : await incomes.releaseHold(userId);
    const name = userPrefix.toPublicId(userId);
    if (isHeld)
      process.stdout.write(isNew ? `Held. The income of ${name} stays frozen.\n` : `It was held before.\n`);
    else process.stdout.write(isNew ? `The hold of ${name} has ended.\n` : `Nothing was held.\n`);
  });
}
