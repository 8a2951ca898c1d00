import { Field, ID, InputType, ObjectType, registerEnumType } from "type-graphql";
import { DateTime } from "../../platform/graphql/scalars.js";

export enum ReportReason {
  SEXUAL = "SEXUAL",
  VIOLENT = "VIOLENT",
  HATEFUL = "HATEFUL",
  MINORS = "MINORS",
  STOLEN = "STOLEN",
  PRIVACY = "PRIVACY",
  SPAM = "SPAM",
  FRAUD = "FRAUD",
  OTHER = "OTHER",
}
registerEnumType(ReportReason, {
  name: "ReportReason",
  description: "Why a work or a user is reported.",
  valuesConfig: {
    SEXUAL: { description: "Nudity or sexual content." },
    VIOLENT: { description: "Violence or cruelty." },
    HATEFUL: { description: "Hatred or harassment." },
    MINORS: { description: "Harms or sexualizes minors." },
    STOLEN: { description: "Infringes a copyright or trademark." },
    PRIVACY: { description: "Shows a person without consent, or reveals private data." },
    SPAM: { description: "Advertising or repeated content." },
    FRAUD: { description: "Deceives users, or impersonates another person." },
    OTHER: { description: "See the note." },
  },
});

@InputType({ description: "Input of report." })
export class ReportInput {
  @Field(() => ID, { description: "A work or a user that the viewer may see." }) subjectId!: string;
  @Field(() => ReportReason, { description: "Why." }) reason!: ReportReason;
  @Field(() => String, { defaultValue: "", description: "At most 1000 characters after trimming." })
  note!: string;
}

@ObjectType({ simpleResolvers: true, description: "Result of report." })
export class ReportPayload {
  @Field(() => ID, { description: "The work or the user." }) subjectId!: string;
  @Field(() => DateTime, { description: "Time of this report." }) receivedAt!: Date;
}
