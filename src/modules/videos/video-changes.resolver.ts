import { Arg, Mutation, Resolver } from "type-graphql";
import { CurrentViewer, type Viewer } from "../../platform/graphql/request-context.js";
import type { DeleteVideoService } from "./delete-video.service.js";
import type { MoveVideosService } from "./move-videos.service.js";
import {
  DeleteVideoInput,
  DeleteVideoPayload,
  MoveVideosInput,
  MoveVideosPayload,
} from "./videos.graphql.js";

@Resolver()
export class VideoChangesResolver {
  constructor(
    private readonly moves: MoveVideosService,
    private readonly deletions: DeleteVideoService,
  ) {}

  @Mutation(() => MoveVideosPayload, {
    description: "Moves videos into a project, or out of their projects.",
  })
  async moveVideos(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => MoveVideosInput) { videoIds, projectId = null }: MoveVideosInput,
  ): Promise<MoveVideosPayload> {
    return this.moves.move(viewer.userId, { videoIds, projectId });
  }

  @Mutation(() => DeleteVideoPayload, {
    description:
      "Deletes a video and its files. Every link to it stops working, and its task no longer has a video.",
  })
  async deleteVideo(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => DeleteVideoInput) { videoId }: DeleteVideoInput,
  ): Promise<DeleteVideoPayload> {
    return this.deletions.delete(viewer.userId, videoId);
  }
}
