import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { type Connection, PageInfo } from "../../platform/graphql/connection.js";
import { Node } from "../../platform/graphql/node.js";
import { DateTime, Url } from "../../platform/graphql/scalars.js";
import { publicId } from "../../platform/ids.js";
import { AspectRatio } from "../catalog/index.js";
import { Wallet } from "../wallet/index.js";
import type { VideoRow } from "./videos.repository.js";

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "A finished video: free to watch with a watermark, paid to download without.",
})
export class Video extends Node {
  row!: VideoRow;
  @Field(() => Int) durationSec!: number;
  @Field(() => AspectRatio) ratio!: AspectRatio;
  @Field(() => Int, { description: "Pixels, of the clean file." }) width!: number;
  @Field(() => Int, { description: "Pixels, of the clean file." }) height!: number;
  @Field(() => Int, { description: "Bytes, of the clean file." }) byteSize!: number;
  @Field(() => String, { description: "Of the clean file, hex." }) sha256!: string;
  @Field(() => Int, { description: "Paid clean downloads." }) downloadCount!: number;
  @Field(() => DateTime) createdAt!: Date;

  static of(row: VideoRow): Video {
    return Object.assign(new Video(), {
      id: publicId("video", row.id),
      row,
      durationSec: row.durationSec,
      ratio: row.ratio as AspectRatio,
      width: row.width,
      height: row.height,
      byteSize: row.byteSize,
      sha256: row.sha256,
      downloadCount: row.downloadCount,
      createdAt: row.createdAt,
    });
  }
}

@ObjectType({ simpleResolvers: true })
export class VideoEdge {
  @Field(() => String) cursor!: string;
  @Field(() => Video) node!: Video;
}

@ObjectType({ simpleResolvers: true })
export class VideoConnection implements Connection<Video> {
  @Field(() => [VideoEdge]) edges!: VideoEdge[];
  @Field(() => [Video]) nodes!: Video[];
  @Field(() => PageInfo) pageInfo!: PageInfo;
}

@InputType()
export class DownloadNoWatermarkInput {
  @Field(() => ID) videoId!: string;
  @Field(() => String, {
    nullable: true,
    description: "1 to 64 characters. The same key for the same video answers again and charges nothing.",
  })
  idempotencyKey?: string | null;
}

@ObjectType({ simpleResolvers: true })
export class DownloadNoWatermarkPayload {
  @Field(() => Url, {
    description: "Signed, good for one hour, served by us: the vendor's address never leaves the server.",
  })
  downloadUrl!: string;
  @Field(() => DateTime) expiresAt!: Date;
  @Field(() => Int) costCredits!: number;
  @Field(() => Video) video!: Video;
  @Field(() => Wallet) wallet!: Wallet;
}

@InputType()
export class MoveVideosInput {
  @Field(() => [ID], { description: "1 to 100 of one's own; all are moved or none." }) videoIds!: string[];
  @Field(() => ID, { nullable: true, description: "Null moves them out of any project." })
  projectId?: string | null;
}

@ObjectType({ simpleResolvers: true })
export class MoveVideosPayload {
  @Field(() => [Video], { description: "In the order asked for." }) videos!: Video[];
}

@InputType()
export class DeleteVideoInput {
  @Field(() => ID) videoId!: string;
}

@ObjectType({ simpleResolvers: true })
export class DeleteVideoPayload {
  @Field(() => ID) deletedVideoId!: string;
}
