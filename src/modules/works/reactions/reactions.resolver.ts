import { Arg, Int, Mutation, Query, Resolver } from "type-graphql";
import type { Connection } from "../../../platform/graphql/connection.js";
import { CurrentViewer, type Viewer } from "../../../platform/graphql/request-context.js";
import { ViewWorksPayload, type Work, WorkConnection, WorkPayload } from "../works.graphql.js";
import { ViewWorksInput, WorkInput } from "../works.inputs.graphql.js";
import type { WorksService } from "../works.service.js";
import type { ReactionsService } from "./reactions.service.js";

@Resolver()
export class ReactionsResolver {
  constructor(
    private readonly reactions: ReactionsService,
    private readonly works: WorksService,
  ) {}

  @Mutation(() => WorkPayload, { description: "Likes a work. Repeating it changes nothing, here and below." })
  async likeWork(@CurrentViewer() viewer: Viewer, @Arg("input", () => WorkInput) { workId }: WorkInput) {
    return { work: await this.reactions.react("like", viewer.userId, workId) };
  }

  @Mutation(() => WorkPayload, { description: "Takes the viewer's like back." })
  async unlikeWork(@CurrentViewer() viewer: Viewer, @Arg("input", () => WorkInput) { workId }: WorkInput) {
    return { work: await this.reactions.react("unlike", viewer.userId, workId) };
  }

  @Mutation(() => WorkPayload, { description: "Adds a work to the viewer's favorites." })
  async favoriteWork(@CurrentViewer() viewer: Viewer, @Arg("input", () => WorkInput) { workId }: WorkInput) {
    return { work: await this.reactions.react("favorite", viewer.userId, workId) };
  }

  @Mutation(() => WorkPayload, { description: "Removes a work from the viewer's favorites." })
  async unfavoriteWork(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => WorkInput) { workId }: WorkInput,
  ) {
    return { work: await this.reactions.react("unfavorite", viewer.userId, workId) };
  }

  @Mutation(() => WorkPayload, {
    description: "Records that the viewer passed a work on. It counts once for each viewer and work.",
  })
  async shareWork(@CurrentViewer() viewer: Viewer, @Arg("input", () => WorkInput) { workId }: WorkInput) {
    return { work: await this.reactions.react("share", viewer.userId, workId) };
  }

  @Mutation(() => ViewWorksPayload, {
    description:
      "Records that the viewer watched works. It counts once for each viewer, work and UTC day. Works that the viewer may not see are passed over.",
  })
  async viewWorks(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => ViewWorksInput) { workIds }: ViewWorksInput,
  ): Promise<ViewWorksPayload> {
    return { works: await this.reactions.view(viewer.userId, workIds) };
  }

  @Query(() => WorkConnection, {
    description: "The viewer's favorites, newest first, without those that the viewer may no longer see.",
  })
  favorites(
    @Arg("first", () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null,
    @CurrentViewer() viewer: Viewer,
  ): Promise<Connection<Work>> {
    return this.works.listFavorites(viewer.userId, { first, after: after ?? null });
  }

  @Query(() => WorkConnection, {
    description:
      "The works that the viewer likes, newest like first, without those that may no longer be seen.",
  })
  likedWorks(
    @Arg("first", () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null,
    @CurrentViewer() viewer: Viewer,
  ): Promise<Connection<Work>> {
    return this.works.listLiked(viewer.userId, { first, after: after ?? null });
  }
}
