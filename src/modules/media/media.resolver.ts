import { Arg, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { CurrentViewer, type Viewer } from "../../platform/graphql/request-context.js";
import { Url } from "../../platform/graphql/scalars.js";
import { Media, ThumbnailSize, UploadMediaInput, UploadMediaPayload } from "./media.graphql.js";
import type { MediaService } from "./media.service.js";

@Resolver(() => Media)
export class MediaResolver {
  constructor(private readonly service: MediaService) {}

  @Query(() => Media, {
    nullable: true,
    description: "Null if the image does not exist or belongs to another user.",
  })
  media(@Arg("id", () => ID) id: string, @CurrentViewer() viewer: Viewer): Promise<Media | null> {
    return this.service.findByPublicId(viewer.userId, id);
  }

  @Mutation(() => UploadMediaPayload, {
    description:
      "Uploads one image by a GraphQL multipart request. The image is rotated upright and stripped of its metadata. Of an animation, only the first frame is stored. PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, and BAD_USER_INPUT for images that are damaged or have more than 50 million pixels.",
  })
  async uploadMedia(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => UploadMediaInput) input: UploadMediaInput,
  ): Promise<UploadMediaPayload> {
    const { file, isAiGenerated } = input;
    return { media: await this.service.upload(viewer.userId, file, { isAiGenerated }) };
  }

  @FieldResolver(() => Url, { description: "Signed URL of the image." })
  url(@Root() media: Media): Promise<string> {
    return this.service.url(media);
  }

  @FieldResolver(() => Url, { description: "Signed URL of a thumbnail in WebP." })
  thumbnailUrl(
    @Root() media: Media,
    @Arg("size", () => ThumbnailSize, { defaultValue: ThumbnailSize.MEDIUM }) size: ThumbnailSize,
  ): Promise<string> {
    return this.service.thumbnailUrl(media, size);
  }
}
