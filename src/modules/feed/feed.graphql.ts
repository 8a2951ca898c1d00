import { Field, Int, ObjectType, registerEnumType } from "type-graphql";
import { User } from "../accounts/index.js";

export enum FeedKind {
  DISCOVER = "DISCOVER",
  HOT = "HOT",
  FOLLOWING = "FOLLOWING",
}
registerEnumType(FeedKind, {
  name: "FeedKind",
  description: "Which works a feed shows, and in which order.",
  valuesConfig: {
    DISCOVER: { description: "By what people did with a work: half as much for each day of its age." },
    HOT: { description: "Published within the last 24 hours, most likes first." },
    FOLLOWING: { description: "Of users whom the viewer follows, newest first. Needs a login." },
  },
});

export enum RankingPeriod {
  DAY = "DAY",
  WEEK = "WEEK",
  MONTH = "MONTH",
  ALL = "ALL",
}
registerEnumType(RankingPeriod, {
  name: "RankingPeriod",
  description: "The time of the tips that count.",
  valuesConfig: {
    DAY: { description: "The last 24 hours." },
    WEEK: { description: "The last 7 days." },
    MONTH: { description: "The last 30 days." },
    ALL: { description: "Since the beginning." },
  },
});

@ObjectType({ simpleResolvers: true, description: "A creator's place among the most tipped." })
export class CreatorRank {
  @Field(() => Int, { description: "From 1. Of equal sums, the one that was reached first is ahead." })
  rank!: number;
  @Field(() => User, { description: "The creator." }) user!: User;
  @Field(() => Int, { description: "Credits that others tipped." }) tippedCredits!: number;
  @Field(() => Int, { description: "Different users who tipped." }) tipperCount!: number;
}
