import type { Command } from "commander";
import { type UserSelector, userPrefix } from "../modules/accounts/index.js";
import { CommandFailed } from "./fail.js";
import { e164 } from "./phone-option.js";

export interface UserOptions {
  phone?: string;
  user?: string;
}

/** The two ways of naming a user. */
export function withUserOptions(command: Command): Command {
  return command
    .option("--phone <e164>", "the user's phone number: +8613800138000", e164)
    .option("--user <id>", "or the user's id, as logs and the API have it: user_01j...");
}

/** Throws CommandFailed unless exactly one is given. */
export function toUserSelector({ phone, user }: UserOptions): UserSelector {
  if (phone && !user) return { phone };
  const userId = user && !phone ? userPrefix.toUuid(user) : null;
  if (!userId) throw new CommandFailed("Say who: --phone +8613800138000, or --user user_01j...");
  return { userId };
}
