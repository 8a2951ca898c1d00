import { Field, ID, InputType, Int } from "type-graphql";

@InputType({ description: "Input of publishWork." })
export class PublishWorkInput {
  @Field(() => ID, { description: "A video of the viewer. A video is one work at most." }) videoId!: string;
  @Field(() => String, { description: "1 to 200 characters after trimming." }) title!: string;
  @Field(() => String, { defaultValue: "", description: "At most 2000 characters after trimming." })
  description!: string;
  @Field(() => Int, { defaultValue: 5, description: "0 to 100. 0 opens the prompt to everybody." })
  promptPriceCredits!: number;
  @Field(() => Boolean, {
    defaultValue: true,
    description: "Whether others may make their own video from it.",
  })
  remixable!: boolean;
  @Field(() => Int, { defaultValue: 2, description: "0 to 100." }) remixFeeCredits!: number;
}

@InputType({ description: "Input of updateWork. Omitted fields stay unchanged. The prompt never changes." })
export class UpdateWorkInput {
  @Field(() => ID, { description: "A work of the viewer." }) workId!: string;
  @Field(() => String, { nullable: true, description: "1 to 200 characters after trimming." })
  title?: string | null;
  @Field(() => String, { nullable: true, description: "At most 2000 characters after trimming." })
  description?: string | null;
  @Field(() => Int, { nullable: true, description: "0 to 100." }) promptPriceCredits?: number | null;
  @Field(() => Boolean, { nullable: true, description: "Whether others may make their own video from it." })
  remixable?: boolean | null;
  @Field(() => Int, { nullable: true, description: "0 to 100." }) remixFeeCredits?: number | null;
}

@InputType({ description: "Names a work." })
export class WorkInput {
  @Field(() => ID, { description: "A work." }) workId!: string;
}

@InputType({ description: "Input of viewWorks." })
export class ViewWorksInput {
  @Field(() => [ID], { description: "1 to 50 works that the viewer has watched." }) workIds!: string[];
}
