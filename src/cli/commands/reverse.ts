import { Command } from "commander";
import { coinText, type Reversal } from "../../modules/wallet/index.js";
import { PaymentReversals } from "../../modules/works/index.js";
import { CommandFailed } from "../fail.js";
import { findUserId } from "../find-user.js";
import { oneLine } from "../one-line.js";
import { e164 } from "../phone-option.js";
import { toUserSelector } from "../user-options.js";
import { withDatabase } from "../with-database.js";

interface ReverseOptions {
  tip?: string;
  /** A work and a user. */
  unlock?: string[];
  remix?: string;
  reason: string;
}

export function reverseCommand(): Command {
  return new Command("reverse")
    .description(
      "Undoes a whole payment: pending income is taken back, the platform bears what was released, and the payer's credits come back.",
    )
    .option("--tip <id>", "the payer's entry or the creator's income: entry_01j..., income_01j...")
    .option(
      "--unlock <work-and-user...>",
      "a work and the user who paid: work_01j... user_01j... (or a phone number)",
    )
    .option("--remix <task>", "the task whose fee was paid: task_01j...")
    .requiredOption("--reason <text>", "shown in the payer's statement")
    .action(reverse);
}

async function reverse({ tip, unlock, remix, reason }: ReverseOptions): Promise<void> {
  if ([tip, unlock, remix].filter((given) => given !== undefined).length !== 1)
    throw new CommandFailed("Name one payment: --tip ID, --unlock WORK USER, or --remix TASK.");
  await withDatabase(async ({ db, bus }) => {
    const reversals = new PaymentReversals(db, bus);
    const reversed = async (): Promise<Reversal> => {
      if (tip) return reversals.reverseTip(tip, reason);
      if (remix) return reversals.reverseRemix(remix, reason);
      const [work, user, ...rest] = unlock ?? [];
      if (!work || !user || rest.length > 0) throw new CommandFailed("--unlock takes a work and a user.");
      const which = toUserSelector(user.startsWith("+") ? { phone: e164(user) } : { user });
      return reversals.reverseUnlock(work, await findUserId(db, which), reason);
    };
    process.stdout.write(textOf(await reversed()));
  });
}

function textOf({ isNew, reversedAt, reason, credits, reversedUnits, lostUnits }: Reversal): string {
  const head = isNew
    ? "Reversed. "
    : `Reversed already, at ${reversedAt.toISOString()}: ${oneLine(reason)}\n`;
  return (
    `${head}Returned to the payer: ${credits} credits. ` +
    `Taken back from creators: ${coinText(reversedUnits)} coins. Borne by the platform: ${coinText(lostUnits)} coins.\n`
  );
}
