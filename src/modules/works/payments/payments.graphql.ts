import { Field, Int, ObjectType } from "type-graphql";
import { connectionTypes } from "../../../platform/graphql/connection.js";
import { DateTime, Decimal } from "../../../platform/graphql/scalars.js";
import { Wallet } from "../../wallet/index.js";
import { Work, WorkPrompt } from "../works.graphql.js";
import type { promptUnlocks } from "./payments.tables.js";

@ObjectType({ simpleResolvers: true, description: "Result of tipWork." })
export class TipWorkPayload {
  @Field(() => Work, { description: "The work. It is a favorite of the viewer now." }) work!: Work;
  @Field(() => Int, { description: "The credits that were paid." }) costCredits!: number;
  @Field(() => Decimal, { description: "The author's part in coins. It is frozen for a while." })
  creatorCoins!: string;
  @Field(() => Wallet, { description: "The viewer's wallet after the payment." }) wallet!: Wallet;
}

@ObjectType({ simpleResolvers: true, description: "Result of unlockPrompt." })
export class UnlockPromptPayload {
  @Field(() => WorkPrompt, { description: "The prompt with its text." }) prompt!: WorkPrompt;
  @Field(() => Int, { description: "The credits that were paid. 0 if it was OPEN, OWN or UNLOCKED already." })
  costCredits!: number;
  @Field(() => Work, { description: "The work." }) work!: Work;
  @Field(() => Wallet, { description: "The viewer's wallet after the payment." }) wallet!: Wallet;
}

@ObjectType({
  simpleResolvers: true,
  description: "A prompt that the viewer has paid for. It stays if the work is taken out or deleted.",
})
export class PromptUnlock {
  row!: typeof promptUnlocks.$inferSelect;
  @Field(() => String, { description: "The work's title at the time of the payment." }) workTitle!: string;
  @Field(() => Int, { description: "The price that was paid." }) costCredits!: number;
  @Field(() => DateTime, { description: "Time of the payment." }) createdAt!: Date;

  static of(row: PromptUnlock["row"]): PromptUnlock {
    const { title: workTitle, credits: costCredits, createdAt } = row;
    return Object.assign(new PromptUnlock(), { row, workTitle, costCredits, createdAt });
  }
}

export const { Connection: PromptUnlockConnection } = connectionTypes(PromptUnlock);
