import { Command } from "commander";
import { Bans, userPrefix, type WhichUser } from "../../modules/accounts/index.js";
import { NotFound } from "../../platform/base/common-errors.js";
import { DatabaseClock } from "../../platform/db/database-clock.js";
import { CommandFailed } from "../fail.js";
import { e164 } from "../phone-option.js";
import { withDatabase } from "../with-database.js";

interface UserOptions {
  phone?: string;
  user?: string;
}

export function banCommand(): Command {
  return addressed(new Command("ban"))
    .description("Puts a user out at once, on every server, and lets them in no more. Their tasks go on.")
    .requiredOption("--reason <text>", "for operators; kept beside the ban")
    .action(async (options: UserOptions & { reason: string }) => {
      const { user, sessionsEnded } = await withBans(options, (bans, which) =>
        bans.ban(which, options.reason),
      );
      process.stdout.write(`Banned. ${user.phone} is out; sessions ended: ${sessionsEnded}.\n`);
    });
}

export function unbanCommand(): Command {
  return addressed(new Command("unban"))
    .description("Lets a banned user log in again.")
    .action(async (options: UserOptions) => {
      const user = await withBans(options, (bans, which) => bans.unban(which));
      process.stdout.write(`Unbanned. ${user.phone} may log in again.\n`);
    });
}

function addressed(command: Command): Command {
  return command
    .option("--phone <e164>", "the user's phone number: +8613800138000", e164)
    .option("--user <id>", "or the user's id, as logs and the API have it: user_01j...");
}

function withBans<T>(options: UserOptions, work: (bans: Bans, which: WhichUser) => Promise<T>): Promise<T> {
  const which = whichUser(options);
  return withDatabase(async ({ db, bus }) => {
    try {
      return await work(new Bans({ db, clock: await DatabaseClock.measure(db), events: bus }), which);
    } catch (error) {
      throw error instanceof NotFound
        ? new CommandFailed(`There is no user ${options.phone ?? options.user}.`)
        : error;
    }
  });
}

function whichUser({ phone, user }: UserOptions): WhichUser {
  if (phone && !user) return { phone };
  const userId = user && !phone ? userPrefix.toUuid(user) : null;
  if (!userId) throw new CommandFailed("Say who: --phone +8613800138000, or --user user_01j...");
  return { userId };
}
