import { Arg, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import { Unauthenticated } from "../../platform/base/common-errors.js";
import { CurrentViewer, type RequestContext, type Viewer } from "../../platform/graphql/request-context.js";
import { Url } from "../../platform/graphql/scalars.js";
import { maskPhone } from "../../platform/observability/logger.js";
import {
  LoginInput,
  RefreshSessionInput,
  RequestLoginCodeInput,
  RequestLoginCodePayload,
  Session,
  UpdateProfileInput,
  UpdateProfilePayload,
  User,
  UserStats,
} from "./accounts.graphql.js";
import type { AccountsService } from "./accounts.service.js";

/** How many videos each user has made, by bare user id; who is missing has made none. */
export interface VideoCounter {
  countVideos(userIds: readonly string[]): Promise<Map<string, number>>;
}

/** Addresses of avatars by bare media id; what is missing is gone. */
export interface AvatarLinks {
  avatarUrls(mediaIds: readonly string[]): Promise<Map<string, string>>;
}

@Resolver()
export class AccountsResolver {
  constructor(private readonly accounts: AccountsService) {}

  @Query(() => User, { description: "The viewer." })
  async me(@CurrentViewer() viewer: Viewer, @Ctx() context: RequestContext): Promise<User> {
    const user = await context.loaders.get(this.accounts.usersByIds).load(viewer.userId);
    if (!user) throw new Unauthenticated();
    return user;
  }

  @Query(() => User, {
    nullable: true,
    description: "The viewer, or null when nobody is logged in: for pages that everybody may read. Public.",
  })
  async viewer(@Ctx() { viewer, loaders }: RequestContext): Promise<User | null> {
    return viewer && loaders.get(this.accounts.usersByIds).load(viewer.userId);
  }

  @Mutation(() => RequestLoginCodePayload, {
    description:
      "Sends a six-digit code by SMS: good for five minutes, five tries, one use. Public. RATE_LIMITED before retryAt.",
  })
  requestLoginCode(
    @Arg("input", () => RequestLoginCodeInput) { phone }: RequestLoginCodeInput,
    @Ctx() { address, language, isFromThisMachine }: RequestContext,
  ): Promise<RequestLoginCodePayload> {
    return this.accounts.requestLoginCode({ phone, address, language, isFromThisMachine });
  }

  @Mutation(() => Session, {
    description: "A phone number seen for the first time becomes a new user. Public. INVALID_LOGIN_CODE.",
  })
  login(
    @Arg("input", () => LoginInput) { phone, code }: LoginInput,
    @Ctx() { address, language }: RequestContext,
  ): Promise<Session> {
    return this.accounts.login({ phone, code, address, language });
  }

  @Mutation(() => Session, {
    description:
      "New tokens for a refresh token. Public. UNAUTHENTICATED when it was used before, expired, or of a session that ended.",
  })
  refreshSession(
    @Arg("input", () => RefreshSessionInput) { refreshToken }: RefreshSessionInput,
  ): Promise<Session> {
    return this.accounts.refreshSession(refreshToken);
  }

  @Mutation(() => Boolean, { description: "Ends the session: its tokens and its sockets." })
  async logout(@CurrentViewer() viewer: Viewer): Promise<boolean> {
    await this.accounts.logout(viewer);
    return true;
  }

  @Mutation(() => Boolean, { description: "Ends every session of the viewer: their tokens and sockets." })
  async logoutEverywhere(@CurrentViewer() viewer: Viewer): Promise<boolean> {
    await this.accounts.logoutEverywhere(viewer);
    return true;
  }

  @Mutation(() => UpdateProfilePayload, { description: "Changes what the input names." })
  async updateProfile(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => UpdateProfileInput) input: UpdateProfileInput,
  ): Promise<UpdateProfilePayload> {
    return { user: await this.accounts.updateProfile(viewer, input) };
  }
}

@Resolver(() => User)
export class UserResolver {
  constructor(private readonly avatars: AvatarLinks) {}

  @FieldResolver(() => String, {
    nullable: true,
    description: "Only for the user themself, masked: +86138****8000. Null for everybody else.",
  })
  phone(@Root() user: User, @Ctx() { viewer }: RequestContext): string | null {
    return user.isOwn || viewer?.userId === user.userId ? maskPhone(user.fullPhone) : null;
  }

  @FieldResolver(() => Url, { nullable: true, description: "Null while there is no avatar." })
  avatarUrl(@Root() user: User, @Ctx() { loaders }: RequestContext): Promise<string | null> | null {
    return user.avatarMediaId ? loaders.get(this.avatarUrls).load(user.avatarMediaId) : null;
  }

  @FieldResolver(() => UserStats, { description: "What the user has done so far." })
  stats(@Root() user: User): UserStats {
    return UserStats.of(user);
  }

  private readonly avatarUrls = (ids: readonly string[]) => this.avatars.avatarUrls(ids);
}

@Resolver(() => UserStats)
export class UserStatsResolver {
  constructor(private readonly videos: VideoCounter) {}

  @FieldResolver(() => Int, { description: "Videos made, deleted ones included." })
  async videosGenerated(@Root() stats: UserStats, @Ctx() { loaders }: RequestContext): Promise<number> {
    return (await loaders.get(this.countVideos).load(stats.userId)) ?? 0;
  }

  private readonly countVideos = (ids: readonly string[]) => this.videos.countVideos(ids);
}
