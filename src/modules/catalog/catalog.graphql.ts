import { Field, Int, ObjectType, registerEnumType } from "type-graphql";
import { DateTime } from "../../platform/graphql/scalars.js";

export enum AspectRatio {
  RATIO_9_16 = "RATIO_9_16",
  RATIO_16_9 = "RATIO_16_9",
  RATIO_1_1 = "RATIO_1_1",
}
registerEnumType(AspectRatio, {
  name: "AspectRatio",
  description: "The shape of a video: width to height.",
  valuesConfig: {
    RATIO_9_16: { description: "Upright, for phones." },
    RATIO_16_9: { description: "Wide." },
    RATIO_1_1: { description: "Square." },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: "One row of the model catalog. Models come and go, so they are data and not an enum.",
})
export class Model {
  @Field(() => String, { description: "What createTask takes: sora2, sora2-pro." }) id!: string;
  @Field(() => String, { description: "For people." }) name!: string;
  @Field(() => [Int], { description: "Lengths that may be asked for, in seconds." }) durationsSec!: number[];
  @Field(() => [Int], { description: "Durations that may be asked for in hd. Empty: none." })
  hdDurationsSec!: number[];
  @Field(() => [AspectRatio], { description: "Shapes that may be asked for." }) ratios!: AspectRatio[];
  @Field(() => Boolean, { description: "Whether it takes a referenceImageId." }) imageToVideo!: boolean;
  @Field(() => Boolean, {
    description:
      "False while its vendor is unwell: createTask then answers VENDOR_UNAVAILABLE and charges nothing.",
  })
  available!: boolean;
  @Field(() => DateTime, { nullable: true, description: "From this moment it is no longer offered." })
  sunsetAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: "What one video costs." })
export class GenerationPrice {
  @Field(() => String, { description: "The id of a model." }) model!: string;
  @Field(() => Int, { description: "A length that it offers." }) durationSec!: number;
  @Field(() => Boolean, { description: "In high definition or not." }) hd!: boolean;
  @Field(() => Int, { description: "What createTask holds." }) costCredits!: number;
}

@ObjectType({ simpleResolvers: true, description: "What things cost and how much is allowed." })
export class Pricing {
  @Field(() => [GenerationPrice], { description: "Everything that is on offer now." })
  generation!: GenerationPrice[];
  @Field(() => Int, { description: "For one clean download, each time." })
  noWatermarkDownloadCredits!: number;
  @Field(() => Int, { description: "In Unicode code points." }) maxPromptLength!: number;
  @Field(() => Int, { description: "Unfinished tasks of one user." }) maxConcurrentTasks!: number;
  @Field(() => Int, { description: "Tasks of one user in one day (UTC)." }) maxTasksPerDay!: number;
  @Field(() => Int, { description: "Of one uploaded file." }) maxUploadBytes!: number;
}
