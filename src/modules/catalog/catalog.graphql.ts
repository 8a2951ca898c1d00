import { Field, Int, ObjectType, registerEnumType } from "type-graphql";
import { DateTime } from "../../platform/graphql/scalars.js";

export enum AspectRatio {
  RATIO_9_16 = "RATIO_9_16",
  RATIO_16_9 = "RATIO_16_9",
  RATIO_1_1 = "RATIO_1_1",
}
registerEnumType(AspectRatio, {
  name: "AspectRatio",
  valuesConfig: {
    RATIO_9_16: { description: "Upright, for phones." },
    RATIO_16_9: { description: "Wide." },
    RATIO_1_1: { description: "Square." },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: "One row of the model catalogue. Models come and go, so they are data and not an enum.",
})
export class Model {
  @Field(() => String, { description: "What createTask takes: sora2, sora2-pro." }) id!: string;
  @Field(() => String) name!: string;
  @Field(() => [Int]) durationsSec!: number[];
  @Field(() => [Int], { description: "Durations that may be asked for in hd. Empty: none." })
  hdDurationsSec!: number[];
  @Field(() => [AspectRatio]) ratios!: AspectRatio[];
  @Field(() => Boolean) imageToVideo!: boolean;
  @Field(() => Boolean, {
    description:
      "False while its vendor is unwell: createTask then answers VENDOR_UNAVAILABLE and charges nothing.",
  })
  available!: boolean;
  @Field(() => DateTime, { nullable: true, description: "From this moment it is no longer offered." })
  sunsetAt!: Date | null;
}

@ObjectType({ simpleResolvers: true })
export class GenerationPrice {
  @Field(() => String) model!: string;
  @Field(() => Int) durationSec!: number;
  @Field(() => Boolean) hd!: boolean;
  @Field(() => Int) costCredits!: number;
}

@ObjectType({ simpleResolvers: true, description: "What things cost and how much is allowed." })
export class Pricing {
  @Field(() => [GenerationPrice]) generation!: GenerationPrice[];
  @Field(() => Int) noWatermarkDownloadCredits!: number;
  @Field(() => Int, { description: "In Unicode code points." }) maxPromptLength!: number;
  @Field(() => Int) maxConcurrentTasks!: number;
  @Field(() => Int) maxTasksPerDay!: number;
  @Field(() => Int) maxUploadBytes!: number;
}
