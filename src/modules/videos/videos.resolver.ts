import type { GraphQLResolveInfo } from "graphql";
import { Arg, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import type { Connection } from "../../platform/graphql/connection.js";
import { CurrentViewer, type RequestContext, type Viewer } from "../../platform/graphql/request-context.js";
import { requestedNodeFields } from "../../platform/graphql/requested-fields.js";
import { Url } from "../../platform/graphql/scalars.js";
import { ThumbnailSize } from "../media/index.js";
import type { DownloadService } from "./downloads/download.service.js";
import {
  AiLabel,
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
    description:
      "Creates a download link without watermark. Each download costs 6 credits. TERMS_NOT_ACCEPTED if there are downloadTerms that acceptTerms does not name.",
  })
  downloadNoWatermark(
    @Arg("input", () => DownloadNoWatermarkInput) input: DownloadNoWatermarkInput,
    @CurrentViewer() { userId }: Viewer,
    @Ctx() { address }: RequestContext,
  ): Promise<DownloadNoWatermarkPayload> {
    const { videoId, acceptTerms = null, idempotencyKey = null } = input;
    return this.downloads.download({ userId, address }, { videoId, acceptTerms, idempotencyKey });
  }

  @FieldResolver(() => Url, {
    description: "Signed URL of the free, watermarked preview. Supports HTTP range requests.",
  })
  previewUrl(@Root() video: Video): Promise<string> {
    return this.service.previewUrl(video);
  }

  @FieldResolver(() => AiLabel, {
    nullable: true,
    description:
      "The label that says it was made by AI. Null for videos made before there were labels, and with AI_LABELS=off.",
  })
  aiLabel(@Root() video: Video, @Ctx() { language }: RequestContext): AiLabel | null {
    return this.service.aiLabel(video, language);
  }

  @FieldResolver(() => Url, { description: "Signed URL of a watermarked still in WebP." })
  thumbnailUrl(
    @Root() video: Video,
    @Arg("size", () => ThumbnailSize, { defaultValue: ThumbnailSize.MEDIUM }) size: ThumbnailSize,
  ): Promise<string> {
    return this.service.thumbnailUrl(video, size);
  }
}
