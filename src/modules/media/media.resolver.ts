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
    description: "Null for what does not exist and for what is not the caller's, alike.",
  })
  media(@Arg("id", () => ID) id: string, @CurrentViewer() viewer: Viewer): Promise<Media | null> {
    return this.service.findByPublicId(viewer.userId, id);
  }

  @Mutation(() => UploadMediaPayload, {
    description:
      "Takes in one image, by a GraphQL multipart request. It is turned upright and loses its metadata; of an animation the first frame stays. PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, and BAD_USER_INPUT for what is damaged or has more than 50 million pixels.",
  })
  async uploadMedia(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => UploadMediaInput) input: UploadMediaInput,
  ): Promise<UploadMediaPayload> {
    return { media: await this.service.upload(viewer.userId, input.file) };
  }

  @FieldResolver(() => Url, { description: "Signed." })
  url(@Root() media: Media): Promise<string> {
    return this.service.url(media);
  }

  @FieldResolver(() => Url, { description: "WebP, signed." })
  thumbnailUrl(
    @Root() media: Media,
    @Arg("size", () => ThumbnailSize, { defaultValue: ThumbnailSize.MEDIUM }) size: ThumbnailSize,
  ): Promise<string> {
    return this.service.thumbnailUrl(media, size);
  }
}
