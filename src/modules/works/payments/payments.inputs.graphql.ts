import { Field, ID, InputType, Int } from "type-graphql";

@InputType({ description: "Input of tipWork." })
export class TipWorkInput {
  @Field(() => ID, { description: "A work of another user." }) workId!: string;
  @Field(() => Int, { description: "One of pricing.tipCredits." }) credits!: number;
  @Field(() => String, {
    nullable: true,
    description: "1 to 64 characters, as in createTask. Without one, every call is a tip of its own.",
  })
  idempotencyKey?: string | null;
}

@InputType({ description: "Input of unlockPrompt." })
export class UnlockPromptInput {
  @Field(() => ID, { description: "A work." }) workId!: string;
  @Field(() => Int, {
    nullable: true,
    description: "If the prompt costs more than this by now, the call is CONFLICT and nothing is charged.",
  })
  maxCostCredits?: number | null;
  @Field(() => String, {
    nullable: true,
    description: "1 to 64 characters, as in createTask. Not needed: a prompt is paid for once in any case.",
  })
  idempotencyKey?: string | null;
}
