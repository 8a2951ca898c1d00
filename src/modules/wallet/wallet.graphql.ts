import { Field, Int, ObjectType, registerEnumType } from "type-graphql";
import { connectionTypes } from "../../platform/graphql/connection.js";
import { Node } from "../../platform/graphql/node.js";
import { DateTime, Decimal } from "../../platform/graphql/scalars.js";
import { entryPrefix, walletPrefix } from "./wallet.ids.js";
import type { Balances, Entry } from "./wallet.repository.js";

export enum AssetEnum {
  CREDIT = "CREDIT",
  COIN = "COIN",
}
registerEnumType(AssetEnum, {
  name: "Asset",
  description: "The two kinds of money.",
  valuesConfig: {
    CREDIT: { description: "Bought and spent in the product, never paid out. Whole numbers." },
    COIN: { description: "A creator's income. 1 coin = 1 CNY, four decimals." },
  },
});

export enum LedgerEntryType {
  GRANT = "GRANT",
  RECHARGE = "RECHARGE",
  GEN_HOLD = "GEN_HOLD",
  GEN_REFUND = "GEN_REFUND",
  DOWNLOAD_SPEND = "DOWNLOAD_SPEND",
  DOWNLOAD_REFUND = "DOWNLOAD_REFUND",
  TIP_SPEND = "TIP_SPEND",
  TIP_REFUND = "TIP_REFUND",
  PROMPT_UNLOCK_SPEND = "PROMPT_UNLOCK_SPEND",
  PROMPT_UNLOCK_REFUND = "PROMPT_UNLOCK_REFUND",
  REMIX_HOLD = "REMIX_HOLD",
  REMIX_REFUND = "REMIX_REFUND",
  INCOME_RELEASE = "INCOME_RELEASE",
}
registerEnumType(LedgerEntryType, {
  name: "LedgerEntryType",
  description: "The reason of a change of a free balance.",
  valuesConfig: {
    GRANT: { description: "Given by the platform." },
    RECHARGE: { description: "Bought." },
    GEN_HOLD: { description: "Held for a task." },
    GEN_REFUND: { description: "Refunded from a task that ended without a video." },
    DOWNLOAD_SPEND: { description: "Paid for a download without watermark." },
    DOWNLOAD_REFUND: { description: "Refunded from a download that gave no link." },
    TIP_SPEND: { description: "Tipped for a work." },
    TIP_REFUND: { description: "A tip that an operator reversed." },
    PROMPT_UNLOCK_SPEND: { description: "Paid for a prompt." },
    PROMPT_UNLOCK_REFUND: { description: "The price of a prompt, reversed by an operator." },
    REMIX_HOLD: { description: "Held for the fee of a remix, besides the price of its generation." },
    REMIX_REFUND: {
      description:
        "The fee of a remix that was not paid to anyone, because no video was made or no creator is left; or one that an operator reversed.",
    },
    INCOME_RELEASE: { description: "Coins that are no longer frozen." },
  },
});

@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description: "A user's balances. Every change of a free balance is in its statement.",
})
export class Wallet extends Node {
  userId!: string;
  @Field(() => Int, { description: "Credits that can be spent." }) credits!: number;
  @Field(() => Int, { description: "Credits held by tasks that have not ended, fees of remixes included." })
  heldCredits!: number;
  @Field(() => Decimal, { description: "Coins that can be withdrawn." }) coins!: string;
  @Field(() => Decimal, { description: "Coins that cannot be withdrawn yet." }) pendingCoins!: string;
  @Field(() => Int, {
    description: "Grows with every change of any balance. A client can ignore a lower revision than it has.",
  })
  revision!: number;

  static of(balances: Balances): Wallet {
    return Object.assign(new Wallet(), {
      id: walletPrefix.toPublicId(balances.userId),
      userId: balances.userId,
      credits: balances.creditsFree,
      heldCredits: balances.creditsHeld,
      coins: coinText(balances.coinsFree),
      pendingCoins: coinText(balances.coinsPending),
      revision: balances.sequence,
    });
  }
}

@ObjectType({ simpleResolvers: true, implements: Node, description: "One change of a free balance." })
export class LedgerEntry extends Node {
  entry!: Entry;
  @Field(() => AssetEnum, { description: "The kind of money." }) asset!: AssetEnum;
  @Field(() => LedgerEntryType, { description: "The reason." }) type!: LedgerEntryType;
  @Field(() => Decimal, { description: "Negative for money taken. Whole for credits." })
  amount!: string;
  @Field(() => Decimal, { description: "The free balance right after this entry." })
  balanceAfter!: string;
  @Field(() => DateTime, { description: "The time of the change." }) createdAt!: Date;

  static of(entry: Entry): LedgerEntry {
    const text = entry.asset === "COIN" ? coinText : String;
    return Object.assign(new LedgerEntry(), {
      id: entryPrefix.toPublicId(entry.id),
      entry,
      asset: entry.asset,
      type: entry.type,
      amount: text(entry.amount),
      balanceAfter: text(entry.balanceAfter),
      createdAt: entry.createdAt,
    });
  }
}

export const { Connection: LedgerEntryConnection } = connectionTypes(LedgerEntry);

/** 1/10000 coins as an exact decimal: 2250 → "0.2250". */
export function coinText(tenThousandths: number): string {
  const digits = String(Math.abs(tenThousandths)).padStart(5, "0");
  return `${tenThousandths < 0 ? "-" : ""}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}
