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
  previewUrl: ["id", "ingestId"],
  thumbnailUrl: ["id", "ingestId"],
};

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "A finished video: free to watch with a watermark, paid to download without.",
})
export class Video extends Node {
  @Field(() => Int, { description: "As it was ordered." })
  durationSec: number;

  @Field(() => AspectRatio, { description: "As it was ordered." })
  ratio: AspectRatio;

  @Field(() => Int, { description: "Pixels, of the clean file." })
  width: number;

  @Field(() => Int, { description: "Pixels, of the clean file." })
  height: number;

  @Field(() => Int, { description: "Bytes, of the clean file." })
  byteSize: number;

  @Field(() => String, { description: "Of the clean file, hex." })
  sha256: string;

  @Field(() => Int, { description: "Paid clean downloads." })
  downloadCount: number;

  @Field(() => DateTime, { description: "When it was ready." })
  createdAt: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: "Set on what only a statement still shows: the files are gone, and the links dead.",
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

export const { Connection: VideoConnection } = connectionTypes(Video);

@InputType({ description: "What to download." })
export class DownloadNoWatermarkInput {
  @Field(() => ID, { description: "One's own video." }) videoId!: string;
  @Field(() => String, {
    nullable: true,
    description: "1 to 64 characters. The same key for the same video answers again and charges nothing.",
  })
  idempotencyKey?: string | null;
}

@ObjectType({ simpleResolvers: true, description: "What was bought." })
export class DownloadNoWatermarkPayload {
  @Field(() => Url, {
    description: "Signed, good for one hour, served by us: the vendor's address never leaves the server.",
  })
  downloadUrl!: string;
  @Field(() => DateTime, { description: "From then on the link is dead." }) expiresAt!: Date;
  @Field(() => Int, { description: "What it cost." }) costCredits!: number;
  @Field(() => Video, { description: "With this download counted." }) video!: Video;
  @Field(() => Wallet, { description: "After it was paid." }) wallet!: Wallet;
}

@InputType({ description: "What to move, and where to." })
export class MoveVideosInput {
  @Field(() => [ID], { description: "1 to 100 of one's own; all are moved or none." }) videoIds!: string[];
  @Field(() => ID, { nullable: true, description: "Null moves them out of any project." })
  projectId?: string | null;
}

@ObjectType({ simpleResolvers: true, description: "The videos where they are now." })
export class MoveVideosPayload {
  /** Bare UUIDs. */
  projectIds!: string[];

  @Field(() => [Video], { description: "In the order asked for." }) videos!: Video[];
}

@InputType({ description: "What to delete, for good." })
export class DeleteVideoInput {
  @Field(() => ID, { description: "One's own video." }) videoId!: string;
}

@ObjectType({ simpleResolvers: true, description: "Result of deleteVideo." })
export class DeleteVideoPayload {
  /** Bare UUIDs. */
  taskId!: string;
  projectId!: string | null;

  @Field(() => ID, { description: "The id that was asked for." }) deletedVideoId!: string;
}
