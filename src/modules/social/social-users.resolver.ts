import type { GraphQLResolveInfo } from "graphql";
import { Arg, Ctx, FieldResolver, Info, Int, Resolver, Root } from "type-graphql";
import type { Connection } from "../../platform/graphql/connection.js";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import { requestedNodeFields } from "../../platform/graphql/requested-fields.js";
import { User, UserStats } from "../accounts/index.js";
import { type Relation, toPairKey } from "./relations.repository.js";
import { UserConnection } from "./social.graphql.js";
import type { SocialService } from "./social.service.js";

/** The accounts module does not import social, so these fields of User are defined here. */
@Resolver(() => User)
export class SocialUserResolver {
  constructor(private readonly social: SocialService) {}

  @FieldResolver(() => UserConnection, {
    description:
      "Users who follow this user, most recent first. Leaves out suspended users and users who have blocked the viewer or are blocked by the viewer.",
  })
  followers(
    @Root() user: User,
    @Arg("first", () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null,
    @Ctx() { viewer }: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Connection<User>> {
    const page = { first, after: after ?? null };
    return this.social.listFollowers(viewer?.userId ?? null, user.userId, page, requestedNodeFields(info));
  }

  @FieldResolver(() => UserConnection, {
    description:
      "Users whom this user follows, most recent first. Leaves out suspended users and users who have blocked the viewer or are blocked by the viewer.",
  })
  following(
    @Root() user: User,
    @Arg("first", () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null,
    @Ctx() { viewer }: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Connection<User>> {
    const page = { first, after: after ?? null };
    return this.social.listFollowing(viewer?.userId ?? null, user.userId, page, requestedNodeFields(info));
  }

  @FieldResolver(() => Boolean, {
    description: "Whether the viewer follows this user. False if the request is not authenticated.",
  })
  async viewerFollows(@Root() user: User, @Ctx() context: RequestContext): Promise<boolean> {
    return (await this.relation(user, context))?.viewerFollows ?? false;
  }

  @FieldResolver(() => Boolean, {
    description: "Whether this user follows the viewer. False if the request is not authenticated.",
  })
  async followsViewer(@Root() user: User, @Ctx() context: RequestContext): Promise<boolean> {
    return (await this.relation(user, context))?.followsViewer ?? false;
  }

  @FieldResolver(() => Boolean, {
    description: "Whether the viewer has blocked this user. False if the request is not authenticated.",
  })
  async viewerBlocks(@Root() user: User, @Ctx() context: RequestContext): Promise<boolean> {
    return (await this.relation(user, context))?.viewerBlocks ?? false;
  }

  private relation(user: User, { viewer, loaders }: RequestContext): Promise<Relation | null> | null {
    if (!viewer || viewer.userId === user.userId) return null;
    return loaders.get(this.social.loadRelations).load(toPairKey(viewer.userId, user.userId));
  }
}

/** The accounts module does not import social, so these fields of UserStats are defined here. */
@Resolver(() => UserStats)
export class SocialStatsResolver {
  constructor(private readonly social: SocialService) {}

  @FieldResolver(() => Int, {
    description: "Number of followers without suspended users. The same for every viewer.",
  })
  async followers(@Root() { userId }: UserStats, @Ctx() { loaders }: RequestContext): Promise<number> {
    return (await loaders.get(this.social.loadFollowCounts).load(userId))?.followers ?? 0;
  }

  @FieldResolver(() => Int, {
    description:
      "Number of users whom this user follows, without suspended users. The same for every viewer.",
  })
  async following(@Root() { userId }: UserStats, @Ctx() { loaders }: RequestContext): Promise<number> {
    return (await loaders.get(this.social.loadFollowCounts).load(userId))?.following ?? 0;
  }
}
