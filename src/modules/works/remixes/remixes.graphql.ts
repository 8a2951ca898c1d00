import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { AspectRatio } from "../../catalog/index.js";
import { Task } from "../../tasks/index.js";
import { Wallet } from "../../wallet/index.js";
import type { LineageRow } from "./lineage.repository.js";

@ObjectType({ simpleResolvers: true, description: "One level of the works that a work was made from." })
export class LineageLevel {
  row!: LineageRow;
  @Field(() => Int, {
    description: "How many steps back: 1 is the direct source. The original keeps its true distance.",
  })
  level!: number;
  @Field(() => String, { description: "The title at the time of the remix's publication." }) title!: string;
  @Field(() => Int, {
    description:
      "This level's part of the fee, in 1/100 % of the creators' part, if a stranger remixes the work that is asked about. The rest of 10000 is the work's own author's. 0 for levels that are passed over or beyond the five that are paid.",
  })
  shareBasisPoints!: number;
}

@InputType({ description: "Input of remixWork." })
export class RemixWorkInput {
  @Field(() => ID, { description: "A remixable work. Its prompt is used without being shown." })
  workId!: string;
  @Field(() => String, {
    defaultValue: "",
    description:
      "The viewer's own words, added after the source's prompt. May be empty. At most Work.remixPromptRoom characters after trimming.",
  })
  prompt!: string;
  @Field(() => Int, { defaultValue: 10, description: "A duration that the model offers; see models." })
  durationSec!: number;
  @Field(() => AspectRatio, { nullable: true, description: "Null: the source's." })
  ratio?: AspectRatio | null;
  @Field(() => String, { defaultValue: "sora2", description: "The id of a model; see models." })
  model!: string;
  @Field(() => Boolean, {
    defaultValue: false,
    description: "In high definition, where the model offers it.",
  })
  hd!: boolean;
  @Field(() => ID, {
    nullable: true,
    description: "An uploaded image of the viewer that the video starts from. The source's is never used.",
  })
  referenceImageId?: string | null;
  @Field(() => ID, { nullable: true, description: "The video's project. Must belong to the viewer." })
  projectId?: string | null;
  @Field(() => String, { nullable: true, description: "A note for the owner only. At most 500 characters." })
  note?: string | null;
  @Field(() => Int, {
    nullable: true,
    description:
      "If generation and fee together cost more than this, the call is CONFLICT and nothing is charged.",
  })
  maxCostCredits?: number | null;
  @Field(() => String, { nullable: true, description: "1 to 64 characters, as in createTask." })
  idempotencyKey?: string | null;
}

@ObjectType({ simpleResolvers: true, description: "Result of remixWork." })
export class RemixWorkPayload {
  @Field(() => Task, { description: "Subscribe to taskStatus for its progress." }) task!: Task;
  @Field(() => Wallet, { description: "The wallet after the holds of the price and the fee." })
  wallet!: Wallet;
}
