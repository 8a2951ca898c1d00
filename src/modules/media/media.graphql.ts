import { GraphQLScalarType } from "graphql";
import { GraphQLUpload } from "graphql-upload-minimal";
import { Field, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { Node } from "../../platform/graphql/node.js";
import { DateTime } from "../../platform/graphql/scalars.js";
import { mediaPrefix } from "./media.ids.js";
import type { MediaRow } from "./media.repository.js";
import type { IncomingFile } from "./receive-image.js";

export enum ThumbnailSize {
  SMALL = "SMALL",
  MEDIUM = "MEDIUM",
  LARGE = "LARGE",
}
registerEnumType(ThumbnailSize, {
  name: "ThumbnailSize",
  description: "Size of a still picture.",
  valuesConfig: {
    SMALL: { description: "160 px on the long side." },
    MEDIUM: { description: "480 px on the long side." },
    LARGE: { description: "1080 px on the long side." },
  },
});

export enum AiMark {
  NONE = "NONE",
  FOUND = "FOUND",
  DECLARED = "DECLARED",
}
registerEnumType(AiMark, {
  name: "AiMark",
  description: "Whether an uploaded picture was made by AI.",
  valuesConfig: {
    NONE: { description: "Nothing says so." },
    FOUND: {
      description:
        "The metadata of the upload said so: a TC260:AIGC label, the source type trainedAlgorithmicMedia, or Content Credentials (C2PA).",
    },
    DECLARED: { description: "The user said so." },
  },
});

/** Only resolves from a file part of the same request. JSON values are rejected. */
export const Upload = new GraphQLScalarType({
  ...GraphQLUpload.toConfig(),
  description: "A file part of a GraphQL multipart request.",
  specifiedByURL: "https://github.com/jaydenseric/graphql-multipart-request-spec",
});

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "An uploaded image, stored upright and without its metadata.",
})
export class Media extends Node {
  row!: MediaRow;
  @Field(() => String, { description: "image/jpeg, image/png or image/webp." }) mimeType!: string;
  @Field(() => Int, { description: "In pixels, after rotation." }) width!: number;
  @Field(() => Int, { description: "In pixels, after rotation." }) height!: number;
  @Field(() => Int, { description: "Size of the stored file in bytes." }) byteSize!: number;
  @Field(() => AiMark, { description: "Whether the picture was made by AI. Nothing is rejected for it." })
  aiMark!: AiMark;
  @Field(() => DateTime, { description: "Time of the upload." }) createdAt!: Date;

  static of(row: MediaRow): Media {
    const { mimeType, width, height, byteSize, aiMark, createdAt } = row;
    const id = mediaPrefix.toPublicId(row.id);
    return Object.assign(new Media(), { id, row, mimeType, width, height, byteSize, aiMark, createdAt });
  }
}

@InputType({ description: "Input of uploadMedia." })
export class UploadMediaInput {
  @Field(() => Upload, { description: "JPEG, PNG or WebP, detected by content. At most 10 MiB." })
  file!: Promise<IncomingFile>;

  @Field(() => Boolean, {
    defaultValue: false,
    description: "The user says that the picture was made by AI. Its aiMark is then DECLARED.",
  })
  isAiGenerated!: boolean;
}

@ObjectType({ simpleResolvers: true, description: "Result of uploadMedia." })
export class UploadMediaPayload {
  @Field(() => Media, { description: "The stored image." }) media!: Media;
}
