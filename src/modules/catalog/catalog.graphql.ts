import { Field, Int, ObjectType, registerEnumType } from "type-graphql";
import { DateTime, Decimal } from "../../platform/graphql/scalars.js";

export enum AspectRatio {
  RATIO_9_16 = "RATIO_9_16",
  RATIO_16_9 = "RATIO_16_9",
  RATIO_1_1 = "RATIO_1_1",
}
registerEnumType(AspectRatio, {
  name: "AspectRatio",
  description: "Aspect ratio of a video, width to height.",
  valuesConfig: {
    RATIO_9_16: { description: "Portrait, for phones." },
    RATIO_16_9: { description: "Landscape." },
    RATIO_1_1: { description: "Square." },
  },
});

@ObjectType({
  simpleResolvers: true,
  description:
    "A model of the catalog. Models are data instead of an enum, because they change without a release.",
})
export class Model {
  @Field(() => String, { description: "The value for createTask, for example sora2 or sora2-pro." })
  id!: string;
  @Field(() => String, { description: "Display name." }) name!: string;
  @Field(() => [Int], { description: "Possible durations in seconds." }) durationsSec!: number[];
  @Field(() => [Int], { description: "Possible durations in HD, in seconds. Empty if HD is not offered." })
  hdDurationsSec!: number[];
  @Field(() => [AspectRatio], { description: "Possible aspect ratios." }) ratios!: AspectRatio[];
  @Field(() => Boolean, { description: "True if the model accepts a referenceImageId." })
  imageToVideo!: boolean;
  @Field(() => Boolean, {
    description:
      "False while none of its vendors is healthy. createTask then fails with VENDOR_UNAVAILABLE and charges nothing.",
  })
  available!: boolean;
  @Field(() => DateTime, { nullable: true, description: "The model is no longer offered after this time." })
  sunsetAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: "Price of one video." })
export class GenerationPrice {
  @Field(() => String, { description: "Id of the model." }) model!: string;
  @Field(() => Int, { description: "Duration in seconds." }) durationSec!: number;
  @Field(() => Boolean, { description: "True for high definition." }) hd!: boolean;
  @Field(() => Int, { description: "Credits that createTask holds." }) costCredits!: number;
}

@ObjectType({ simpleResolvers: true, description: "Prices and limits." })
export class Pricing {
  @Field(() => [GenerationPrice], { description: "Prices of all current offers." })
  generation!: GenerationPrice[];
  @Field(() => Int, { description: "Credits for each download without watermark." })
  noWatermarkDownloadCredits!: number;
  @Field(() => Int, { description: "Maximum length of a prompt in Unicode code points." })
  maxPromptLength!: number;
  @Field(() => Int, { description: "Maximum number of unfinished tasks per user." })
  maxConcurrentTasks!: number;
  @Field(() => Int, { description: "Maximum number of tasks per user and day (UTC)." })
  maxTasksPerDay!: number;
  @Field(() => Int, { description: "Maximum size of an uploaded file in bytes." }) maxUploadBytes!: number;
  @Field(() => [Int], { description: "The possible amounts of a tip." }) tipCredits!: number[];
  @Field(() => Int, { description: "Creators' part of every payment to them, in percent." })
  creatorSharePercent!: number;
  @Field(() => Decimal, { description: "The value of one credit in coins, before the platform's part." })
  coinsPerCredit!: string;
  @Field(() => Int, { description: "How long creators' income is frozen, rounded up." })
  incomeFreezeHours!: number;
  @Field(() => Int, { description: "Maximum credits that a user tips per day (UTC)." })
  maxTipCreditsPerDay!: number;
  @Field(() => Int, { description: "Maximum price of a prompt." }) maxPromptPriceCredits!: number;
  @Field(() => Int, { description: "Maximum fee of a remix." }) maxRemixFeeCredits!: number;
}
