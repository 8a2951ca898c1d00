import { Command, InvalidArgumentError } from "commander";
import { findUserByPhone, userPrefix } from "../../modules/accounts/index.js";
import { creditsMax, WalletService } from "../../modules/wallet/index.js";
import { newUuid } from "../../platform/ids/ids.js";
import { CommandFailed } from "../fail.js";
import { e164 } from "../phone-option.js";
import { withDatabase } from "../with-database.js";

interface GrantOptions {
  phone: string;
  credits: number;
  reason: string;
  key?: string;
}

export function grantCommand(): Command {
  return new Command("grant")
    .description("Grants credits to a user, through the ledger.")
    .requiredOption("--phone <e164>", "the user's phone number: +8613800138000", e164)
    .requiredOption("--credits <n>", "how many, a whole number above zero", wholeCredits)
    .requiredOption("--reason <text>", "shown in the user's statement")
    .option("--key <text>", "running the command again with the same key grants nothing more")
    .action(grantCredits);
}

async function grantCredits({ phone, credits, reason, key }: GrantOptions): Promise<void> {
  await withDatabase(async ({ db, bus }) => {
    const user = await findUserByPhone(db, phone);
    if (!user) throw new CommandFailed("There is no user with this phone number.");
    const wallets = new WalletService(db, bus, 0);
    const wallet = await wallets.grant({
      userId: user.id,
      credits,
      reason,
      key: `grant:${key ? `${user.id}:${key}` : newUuid()}`,
    });
    process.stdout.write(
      `Granted. ${userPrefix.toPublicId(user.id)} has ${wallet.credits} credits free and ${wallet.heldCredits} held.\n`,
    );
  });
}

function wholeCredits(text: string): number {
  const credits = /^\d+$/.test(text) ? Number(text) : 0;
  if (credits < 1 || credits > creditsMax) {
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${creditsMax}.`);
  }
  return credits;
}
