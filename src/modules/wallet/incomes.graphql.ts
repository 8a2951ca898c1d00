import { Field, Int, ObjectType, registerEnumType } from "type-graphql";
import { connectionTypes } from "../../platform/graphql/connection.js";
import { Node } from "../../platform/graphql/node.js";
import { DateTime, Decimal } from "../../platform/graphql/scalars.js";
import type { incomes } from "./incomes.tables.js";
import { coinText } from "./wallet.graphql.js";
import { incomePrefix } from "./wallet.ids.js";

/** A row of `incomes`. Ids are bare UUIDs. */
export type IncomeRow = typeof incomes.$inferSelect;

export enum IncomeType {
  TIP = "TIP",
  PROMPT_UNLOCK = "PROMPT_UNLOCK",
  REMIX = "REMIX",
}
registerEnumType(IncomeType, {
  name: "IncomeType",
  description: "The kind of payment that an income comes from.",
  valuesConfig: {
    TIP: { description: "A tip for a work." },
    PROMPT_UNLOCK: { description: "The price of a prompt." },
    REMIX: { description: "The fee of a remix." },
  },
});

export enum IncomeState {
  PENDING = "PENDING",
  RELEASED = "RELEASED",
  REVERSED = "REVERSED",
}
registerEnumType(IncomeState, {
  name: "IncomeState",
  description: "Whether an income is still frozen.",
  valuesConfig: {
    PENDING: { description: "Frozen: part of pendingCoins." },
    RELEASED: { description: "Free: part of coins." },
    REVERSED: { description: "Taken back by an operator before it was released." },
  },
});

@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description: "A creator's part of one payment. It is frozen for a while.",
})
export class Income extends Node {
  row!: IncomeRow;
  @Field(() => IncomeType, { description: "The kind of payment that it is from." }) type!: IncomeType;
  @Field(() => IncomeState, { description: "Whether it is still frozen." }) state!: IncomeState;
  @Field(() => Decimal, { description: "This creator's part, in coins." }) coins!: string;
  @Field(() => Int, { description: "The whole payment." }) paidCredits!: number;
  @Field(() => Int, {
    description:
      "0 if the paid work is the creator's own. Otherwise the creator's work is this many steps above it.",
  })
  level!: number;
  @Field(() => DateTime, { description: "The end of the freeze." }) releaseAt!: Date;
  @Field(() => DateTime, {
    nullable: true,
    description: "The time of the release or reversal. Null while it is pending.",
  })
  endedAt!: Date | null;
  @Field(() => DateTime, { description: "The time of the payment." }) createdAt!: Date;

  static of(row: IncomeRow): Income {
    return Object.assign(new Income(), {
      id: incomePrefix.toPublicId(row.id),
      row,
      type: row.type,
      state: row.state,
      coins: coinText(row.units),
      paidCredits: row.paidCredits,
      level: row.level,
      releaseAt: row.releaseAt,
      endedAt: row.endedAt,
      createdAt: row.createdAt,
    });
  }
}

export const { Connection: IncomeConnection } = connectionTypes(Income);
