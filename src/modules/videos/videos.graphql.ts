import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { connectionTypes } from "../../platform/graphql/connection.js";
import { type EagerRelations, Node } from "../../platform/graphql/node.js";
import { DateTime, Url } from "../../platform/graphql/scalars.js";
import type { FieldColumns } from "../../platform/lists/list-query.js";
import { AspectRatio } from "../catalog/index.js";
import { Wallet } from "../wallet/index.js";
import { videoPrefix } from "./videos.ids.js";
import type { VideoRow } from "./videos.repository.js";

export const videoFieldColumns: FieldColumns = {
  task: ["taskId"],
  project: ["projectId"],
  work: ["id"],
  aiLabel: ["aiLabel"],
  previewUrl: ["id", "ingestId"],
  thumbnailUrl: ["id", "ingestId"],
};

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    "A finished video. Watching it with a watermark is free; downloading it without one costs credits.",
})
export class Video extends Node {
  @Field(() => Int, { description: "The duration that the task requested." })
  durationSec: number;

  @Field(() => AspectRatio, { description: "The ratio that the task requested." })
  ratio: AspectRatio;

  @Field(() => Int, { description: "In pixels, of the original file without watermark." })
  width: number;

  @Field(() => Int, { description: "In pixels, of the original file without watermark." })
  height: number;

  @Field(() => Int, { description: "Bytes of the original file without watermark." })
  byteSize: number;

  @Field(() => String, { description: "Of the original file without watermark, in hex." })
  sha256: string;

  @Field(() => Int, { description: "Number of paid downloads without watermark." })
  downloadCount: number;

  @Field(() => DateTime, { description: "Time at which the video was ready." })
  createdAt: Date;

  @Field(() => DateTime, {
    nullable: true,
    description:
      "Time of deletion. Only a wallet statement still returns deleted videos; their files are deleted and their links do not work.",
  })
  deletedAt: Date | null;

  constructor(
    readonly row: VideoRow,
    override readonly eagerRelations: EagerRelations | null = null,
  ) {
    super();
    this.id = videoPrefix.toPublicId(row.id);
    this.durationSec = row.durationSec;
    this.ratio = row.ratio as AspectRatio;
    this.width = row.width;
    this.height = row.height;
    this.byteSize = row.byteSize;
    this.sha256 = row.sha256;
    this.downloadCount = row.downloadCount;
    this.createdAt = row.createdAt;
    this.deletedAt = row.deletedAt;
  }

  static of(row: VideoRow, eagerRelations?: EagerRelations): Video {
    return new Video(row, eagerRelations);
  }
}

@ObjectType({
  simpleResolvers: true,
  description: "Says that a video was made by AI. Its files carry the same.",
})
export class AiLabel {
  @Field(() => String, { description: "To show beside the video, in the language of the request." })
  text!: string;
  @Field(() => String, { description: "The producer that the files name." }) producer!: string;
  @Field(() => String, {
    description: "The number inside the files: the video's id, or that of the producer before us.",
  })
  contentId!: string;
  @Field(() => Boolean, { description: "The clean file carries signed Content Credentials (C2PA)." })
  signed!: boolean;
}

export const { Connection: VideoConnection } = connectionTypes(Video);

@InputType({ description: "Input of downloadNoWatermark." })
export class DownloadNoWatermarkInput {
  @Field(() => ID, { description: "A video of the viewer." }) videoId!: string;
  @Field(() => String, {
    nullable: true,
    description:
      "The version of downloadTerms that the user accepts. While there are terms, without it or with another version: TERMS_NOT_ACCEPTED, and nothing is charged. A repeated call with an idempotencyKey does not need it.",
  })
  acceptTerms?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      "1 to 64 characters. A repeated call with the same key and video returns a new link and charges nothing.",
  })
  idempotencyKey?: string | null;
}

@ObjectType({ simpleResolvers: true, description: "Result of downloadNoWatermark." })
export class DownloadNoWatermarkPayload {
  @Field(() => Url, {
    description: "A signed URL on our own storage, valid for one hour. It never reveals the vendor's URL.",
  })
  downloadUrl!: string;
  @Field(() => DateTime, { description: "Expiry of the link." }) expiresAt!: Date;
  @Field(() => Int, { description: "Credits charged for a download." }) costCredits!: number;
  @Field(() => Video, { description: "The video, with this download counted." }) video!: Video;
  @Field(() => Wallet, { description: "The wallet after the charge." }) wallet!: Wallet;
}

@InputType({ description: "Input of moveVideos." })
export class MoveVideosInput {
  @Field(() => [ID], { description: "1 to 100 videos of the viewer. All of them are moved, or none." })
  videoIds!: string[];
  @Field(() => ID, {
    nullable: true,
    description: "The target project. Null moves the videos out of their projects.",
  })
  projectId?: string | null;
}

@ObjectType({ simpleResolvers: true, description: "Result of moveVideos." })
export class MoveVideosPayload {
  /** Bare UUIDs. */
  projectIds!: string[];

  @Field(() => [Video], { description: "The moved videos, in the order of the input." }) videos!: Video[];
}

@InputType({ description: "Input of deleteVideo." })
export class DeleteVideoInput {
  @Field(() => ID, { description: "A video of the viewer. Deletion is permanent." }) videoId!: string;
}

@ObjectType({ simpleResolvers: true, description: "Result of deleteVideo." })
export class DeleteVideoPayload {
  /** Bare UUIDs. */
  taskId!: string;
  projectId!: string | null;

  @Field(() => ID, { description: "The id of the deleted video." }) deletedVideoId!: string;
}
