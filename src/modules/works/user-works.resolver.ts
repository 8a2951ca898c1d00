import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from "type-graphql";
import type { Connection } from "../../platform/graphql/connection.js";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import { User, UserStats } from "../accounts/index.js";
import { Video } from "../videos/index.js";
import { Work, WorkConnection } from "./works.graphql.js";
import type { WorksService } from "./works.service.js";

// The modules of these types do not import works.

@Resolver(() => User)
export class UserWorksResolver {
  constructor(private readonly service: WorksService) {}

  @FieldResolver(() => WorkConnection, { description: "Published works of the user, newest first." })
  works(
    @Root() user: User,
    @Arg("first", () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null,
    @Ctx() { viewer }: RequestContext,
  ): Promise<Connection<Work>> {
    return this.service.listOfUser(viewer?.userId ?? null, user.userId, { first, after: after ?? null });
  }
}

@Resolver(() => UserStats)
export class WorkStatsResolver {
  constructor(private readonly service: WorksService) {}

  @FieldResolver(() => Int, { description: "Works that are published now." })
  async worksPublished(@Root() { userId }: UserStats, @Ctx() { loaders }: RequestContext): Promise<number> {
    return (await loaders.get(this.service.loadStatsOfUsers).load(userId))?.published ?? 0;
  }

  @FieldResolver(() => Int, { description: "Likes of the user's published works." })
  async likesReceived(@Root() { userId }: UserStats, @Ctx() { loaders }: RequestContext): Promise<number> {
    return (await loaders.get(this.service.loadStatsOfUsers).load(userId))?.likes ?? 0;
  }

  @FieldResolver(() => Int, {
    description:
      "Credits that others tipped for the user's works, whatever became of the works. Without reversed tips.",
  })
  async tippedCredits(@Root() { userId }: UserStats, @Ctx() { loaders }: RequestContext): Promise<number> {
    return (await loaders.get(this.service.loadStatsOfUsers).load(userId))?.tippedCredits ?? 0;
  }
}

@Resolver(() => Video)
export class VideoWorkResolver {
  constructor(private readonly service: WorksService) {}

  @FieldResolver(() => Work, { nullable: true, description: "The work that shows the video, in any status." })
  work(@Root() { row }: Video, @Ctx() { loaders }: RequestContext): Promise<Work | null> {
    return loaders.get(this.service.loadByVideos).load(row.id);
  }
}
