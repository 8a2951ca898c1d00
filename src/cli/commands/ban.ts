import { Command } from "commander";
import { banHooks } from "../../app/ban-hooks.js";
import { Bans, type UserSelector, userPrefix } from "../../modules/accounts/index.js";
import { relationsChanged } from "../../modules/social/index.js";
import { NotFound } from "../../platform/base/common-errors.js";
import { DatabaseClock } from "../../platform/db/database-clock.js";
import { CommandFailed } from "../fail.js";
import { toUserSelector, type UserOptions, withUserOptions } from "../user-options.js";
import { withDatabase } from "../with-database.js";

export function banCommand(): Command {
  return withUserOptions(new Command("ban"))
    .description("Puts a user out at once, on every server, and lets them in no more. Their tasks go on.")
    .requiredOption("--reason <text>", "for operators; kept beside the ban")
    .action(async (options: UserOptions & { reason: string }) => {
      const { user, sessionsEnded } = await withBans(options, async (bans, which, announce) => {
        const banned = await bans.ban(which, options.reason);
        announce(banned.user.id);
        return banned;
      });
      const name = userPrefix.toPublicId(user.id);
      process.stdout.write(`Banned. ${name} is out; sessions ended: ${sessionsEnded}.\n`);
    });
}

export function unbanCommand(): Command {
  return withUserOptions(new Command("unban"))
    .description("Lets a banned user log in again.")
    .action(async (options: UserOptions) => {
      const user = await withBans(options, async (bans, which, announce) => {
        const unbanned = await bans.unban(which);
        announce(unbanned.id);
        return unbanned;
      });
      process.stdout.write(`Unbanned. ${userPrefix.toPublicId(user.id)} may log in again.\n`);
    });
}

/** `announce` lets open subscriptions check again whether they may go on. */
function withBans<T>(
  options: UserOptions,
  work: (bans: Bans, which: UserSelector, announce: (userId: string) => void) => Promise<T>,
): Promise<T> {
  const which = toUserSelector(options);
  return withDatabase(async ({ db, bus }) => {
    try {
      const clock = await DatabaseClock.measure(db);
      const bans = new Bans({ db, clock, events: bus, hooks: banHooks });
      return await work(bans, which, (userId) => bus.publish(relationsChanged, { userIds: [userId] }));
    } catch (error) {
      throw error instanceof NotFound ? new CommandFailed("There is no such user.") : error;
    }
  });
}
