import {
  Arg,
  Ctx,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from "type-graphql";
import type { Connection } from "../../platform/graphql/connection.js";
import { subscribedByMethod } from "../../platform/graphql/optimize-schema.js";
import { CurrentViewer, type RequestContext, type Viewer } from "../../platform/graphql/request-context.js";
import { Url } from "../../platform/graphql/scalars.js";
import { ThumbnailSize } from "../media/index.js";
import { AiLabel, describeAiLabel, Video, type VideosService } from "../videos/index.js";
import type { PublishWorkService } from "./publish/publish-work.service.js";
import type { TakeOutService } from "./publish/take-out.service.js";
import type { WorkFeed } from "./reads/work-feed.js";
import { promptOf } from "./work-prompt.js";
import {
  UnpublishWorkPayload,
  Work,
  WorkConnection,
  WorkPayload,
  WorkPrompt,
  WorkRemoval,
  WorkStatus,
} from "./works.graphql.js";
import { PublishWorkInput, UpdateWorkInput, WorkInput } from "./works.inputs.graphql.js";
import type { WorksService } from "./works.service.js";

interface WorksResolverDependencies {
  works: WorksService;
  publishing: PublishWorkService;
  takeOuts: TakeOutService;
  feed: WorkFeed;
  videos: VideosService;
}

@Resolver(() => Work)
export class WorksResolver {
  constructor(private readonly deps: WorksResolverDependencies) {}

  @Query(() => Work, {
    nullable: true,
    description: "Null if the viewer may not see the work or it does not exist. Public.",
  })
  work(@Arg("id", () => ID) id: string, @Ctx() { viewer }: RequestContext): Promise<Work | null> {
    return this.deps.works.findByPublicId(viewer?.userId ?? null, id);
  }

  @Query(() => WorkConnection, { description: "The viewer's own works in every status, newest first." })
  myWorks(
    @Arg("first", () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null,
    @Arg("status", () => [WorkStatus], { nullable: true }) status: WorkStatus[] | null,
    @CurrentViewer() viewer: Viewer,
  ): Promise<Connection<Work>> {
    return this.deps.works.listOwn(viewer.userId, { first, after: after ?? null, status: status ?? null });
  }

  @Mutation(() => WorkPayload, {
    description:
      "Makes a finished video of the viewer public. If its author took the work out before, it becomes public again with this input. CONFLICT while it is published, and after an operator removed it.",
  })
  async publishWork(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => PublishWorkInput) input: PublishWorkInput,
  ): Promise<WorkPayload> {
    const { id } = await this.deps.publishing.publish(viewer.userId, input);
    return { work: await this.ownWork(viewer, id) };
  }

  @Mutation(() => WorkPayload, { description: "Changes a work of the viewer." })
  async updateWork(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => UpdateWorkInput) input: UpdateWorkInput,
  ): Promise<WorkPayload> {
    return { work: await this.deps.works.update(viewer.userId, input) };
  }

  @Mutation(() => UnpublishWorkPayload, {
    description:
      "Takes a work out of every list at once; its links stop working. Users who paid for its prompt can still read it.",
  })
  async unpublishWork(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => WorkInput) { workId }: WorkInput,
  ): Promise<UnpublishWorkPayload> {
    const id = await this.deps.takeOuts.unpublish(viewer.userId, workId);
    return { work: await this.ownWork(viewer, id) };
  }

  @Subscription(() => Work, {
    description:
      "The work at once, then after changes, at most once a second. Completes when the viewer can no longer see it. Public.",
    subscribe: subscribedByMethod,
  })
  workChanged(
    @Arg("workId", () => ID) workId: string,
    @Ctx() { viewer }: RequestContext,
  ): Promise<AsyncIterable<Work>> {
    return this.deps.feed.watch(viewer?.userId ?? null, workId);
  }

  @FieldResolver(() => Url, {
    description:
      "Signed URL of the preview with watermark. It answers HTTP range requests, and dies with the work.",
  })
  previewUrl(@Root() work: Work): Promise<string> {
    return this.deps.works.previewUrl(work);
  }

  @FieldResolver(() => Url, { description: "Signed URL of a WebP still with watermark." })
  thumbnailUrl(
    @Root() work: Work,
    @Arg("size", () => ThumbnailSize, { defaultValue: ThumbnailSize.MEDIUM }) size: ThumbnailSize,
  ): Promise<string> {
    return this.deps.works.thumbnailUrl(work, size);
  }

  @FieldResolver(() => AiLabel, {
    nullable: true,
    description: "The label that says it was made by AI, as Video.aiLabel.",
  })
  async aiLabel(
    @Root() { row }: Work,
    @Ctx() { language, loaders }: RequestContext,
  ): Promise<AiLabel | null> {
    const label = await loaders.get(this.deps.videos.loadAiLabels).load(row.videoId);
    return label && describeAiLabel(label, language);
  }

  @FieldResolver(() => Url, { description: "For people to pass on: SHARE_URL_BASE followed by the id." })
  shareUrl(@Root() work: Work): string {
    return this.deps.works.shareUrl(work);
  }

  @FieldResolver(() => WorkPrompt, { description: "The prompt, if the viewer may read it." })
  prompt(@Root() work: Work): WorkPrompt {
    return promptOf(work);
  }

  @FieldResolver(() => Video, { nullable: true, description: "Null for everybody but its author." })
  async video(@Root() { row, isOwn }: Work): Promise<Video | null> {
    return isOwn ? this.deps.videos.find(row.userId, row.videoId) : null;
  }

  @FieldResolver(() => WorkRemoval, { nullable: true, description: "Null for everybody but its author." })
  removal(@Root() { row: { removedAt, removalReason }, isOwn }: Work): WorkRemoval | null {
    return isOwn && removedAt && removalReason ? { removedAt, reason: removalReason } : null;
  }

  private async ownWork(viewer: Viewer, id: string): Promise<Work> {
    const work = await this.deps.works.find(viewer.userId, id);
    if (!work) throw new Error(`work ${id} is not visible to its author`);
    return work;
  }
}
