import type { GraphQLResolveInfo } from "graphql";
import { Arg, Ctx, ID, Info, Int, Mutation, Query, Resolver } from "type-graphql";
import type { Connection } from "../../platform/graphql/connection.js";
import { CurrentViewer, type RequestContext, type Viewer } from "../../platform/graphql/request-context.js";
import { requestedNodeFields } from "../../platform/graphql/requested-fields.js";
import { User, userPrefix } from "../accounts/index.js";
import { toPairKey } from "./relations.repository.js";
import { UserConnection, UserInput, UserPayload } from "./social.graphql.js";
import type { SocialService } from "./social.service.js";

@Resolver()
export class SocialResolver {
  constructor(private readonly social: SocialService) {}

  @Query(() => User, {
    nullable: true,
    description: "Null if the user does not exist, is suspended or has blocked the viewer. Public.",
  })
  async user(
    @Arg("id", () => ID) id: string,
    @Ctx() { viewer, loaders }: RequestContext,
  ): Promise<User | null> {
    const userId = userPrefix.toUuid(id);
    if (!userId) return null;
    return loaders.get(this.social.loadVisibleUsers).load(toPairKey(viewer?.userId ?? null, userId));
  }

  @Query(() => UserConnection, {
    description:
      "Users that the viewer has blocked, most recently blocked first. Includes users who are suspended or have blocked the viewer.",
  })
  blockedUsers(
    @CurrentViewer() viewer: Viewer,
    @Arg("first", () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Connection<User>> {
    return this.social.listBlocked(viewer.userId, { first, after: after ?? null }, requestedNodeFields(info));
  }

  @Mutation(() => UserPayload, {
    description:
      "Follows a user. Following again changes nothing. NOT_FOUND also for a user that the viewer has blocked. QUOTA_EXCEEDED above FOLLOWS_MAX.",
  })
  async followUser(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => UserInput) { userId }: UserInput,
  ): Promise<UserPayload> {
    return { user: await this.social.follow(viewer.userId, userId) };
  }

  @Mutation(() => UserPayload, {
    description: "Ends following a user. Changes nothing if the viewer does not follow the user.",
  })
  async unfollowUser(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => UserInput) { userId }: UserInput,
  ): Promise<UserPayload> {
    return { user: await this.social.unfollow(viewer.userId, userId) };
  }

  @Mutation(() => UserPayload, {
    description:
      "Blocks a user. The user no longer sees anything of the viewer's, lists leave the user out for the viewer, and the two no longer follow each other. Blocking again changes nothing. QUOTA_EXCEEDED above 5000 blocked users.",
  })
  async blockUser(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => UserInput) { userId }: UserInput,
  ): Promise<UserPayload> {
    return { user: await this.social.block(viewer.userId, userId) };
  }

  @Mutation(() => UserPayload, {
    description:
      "Ends blocking a user, for every user in blockedUsers. Changes nothing if the viewer has not blocked the user.",
  })
  async unblockUser(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => UserInput) { userId }: UserInput,
  ): Promise<UserPayload> {
    return { user: await this.social.unblock(viewer.userId, userId) };
  }
}
