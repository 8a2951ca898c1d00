import type { GraphQLResolveInfo } from "graphql";
import { Arg, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import type { Connection } from "../../platform/graphql/connection.js";
import { CurrentViewer, type Viewer } from "../../platform/graphql/request-context.js";
import { requestedNodeFields } from "../../platform/graphql/requested-fields.js";
import { Url } from "../../platform/graphql/scalars.js";
import { ThumbnailSize } from "../media/index.js";
import type { DownloadService } from "./download.service.js";
import {
  DownloadNoWatermarkInput,
  DownloadNoWatermarkPayload,
  Video,
  VideoConnection,
} from "./videos.graphql.js";
import type { VideosService } from "./videos.service.js";

@Resolver(() => Video)
export class VideosResolver {
  constructor(
    private readonly service: VideosService,
    private readonly downloads: DownloadService,
  ) {}

  @Query(() => Video, {
    nullable: true,
    description: "Null if the video does not exist or belongs to another user.",
  })
  video(@Arg("id", () => ID) id: string, @CurrentViewer() viewer: Viewer): Promise<Video | null> {
    return this.service.findByPublicId(viewer.userId, id);
  }

  @Query(() => VideoConnection, { description: "Videos of the viewer, newest first." })
  videos(
    @CurrentViewer() viewer: Viewer,
    @Arg("first", () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null,
    @Arg("projectId", () => ID, { nullable: true }) projectId: string | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Connection<Video>> {
    const args = { first, after: after ?? null, projectId: projectId ?? null };
    return this.service.list(viewer.userId, args, requestedNodeFields(info));
  }

  @Mutation(() => DownloadNoWatermarkPayload, {
    description: "Creates a download link without watermark. Each download costs 6 credits.",
  })
  downloadNoWatermark(
    @Arg("input", () => DownloadNoWatermarkInput) input: DownloadNoWatermarkInput,
    @CurrentViewer() viewer: Viewer,
  ): Promise<DownloadNoWatermarkPayload> {
    const { videoId, idempotencyKey = null } = input;
    return this.downloads.download(viewer.userId, { videoId, idempotencyKey });
  }

  @FieldResolver(() => Url, {
    description: "Signed URL of the free, watermarked preview. Supports HTTP range requests.",
  })
  previewUrl(@Root() video: Video): Promise<string> {
    return this.service.previewUrl(video);
  }

  @FieldResolver(() => Url, { description: "Signed URL of a watermarked still in WebP." })
  thumbnailUrl(
    @Root() video: Video,
    @Arg("size", () => ThumbnailSize, { defaultValue: ThumbnailSize.MEDIUM }) size: ThumbnailSize,
  ): Promise<string> {
    return this.service.thumbnailUrl(video, size);
  }
}
