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

/** Counts of generated videos by bare user id. Users without videos are absent. */
export interface VideoCounter {
  countVideos(userIds: readonly string[]): Promise<Map<string, number>>;
}

/** Avatar URLs by bare media id. Deleted images are absent. */
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
    description:
      "The viewer, or null if the request is not authenticated. For pages that are also public. Public.",
  })
  async viewer(@Ctx() { viewer, loaders }: RequestContext): Promise<User | null> {
    return viewer && loaders.get(this.accounts.usersByIds).load(viewer.userId);
  }

  @Mutation(() => RequestLoginCodePayload, {
    description:
      "Sends a six-digit code by SMS. It is valid for five minutes and five attempts, and works once. Public. RATE_LIMITED before retryAt.",
  })
  requestLoginCode(
    @Arg("input", () => RequestLoginCodeInput) { phone }: RequestLoginCodeInput,
    @Ctx() { address, language, isFromThisMachine }: RequestContext,
  ): Promise<RequestLoginCodePayload> {
    return this.accounts.requestLoginCode({ phone, address, language, isFromThisMachine });
  }

  @Mutation(() => Session, {
    description:
      "Logs in with a code. The first login with a phone number creates a user. Public. INVALID_LOGIN_CODE.",
  })
  login(
    @Arg("input", () => LoginInput) { phone, code }: LoginInput,
    @Ctx() { address, language }: RequestContext,
  ): Promise<Session> {
    return this.accounts.login({ phone, code, address, language });
  }

  @Mutation(() => Session, {
    description:
      "Exchanges a refresh token for new tokens. Public. UNAUTHENTICATED if the token was used before or has expired, or if its session has ended.",
  })
  refreshSession(
    @Arg("input", () => RefreshSessionInput) { refreshToken }: RefreshSessionInput,
  ): Promise<Session> {
    return this.accounts.refreshSession(refreshToken);
  }

  @Mutation(() => Boolean, {
    description: "Ends the current session. Its tokens become invalid and its WebSockets are closed.",
  })
  async logout(@CurrentViewer() viewer: Viewer): Promise<boolean> {
    await this.accounts.logout(viewer);
    return true;
  }

  @Mutation(() => Boolean, {
    description:
      "Ends all sessions of the viewer. Their tokens become invalid and their WebSockets are closed.",
  })
  async logoutEverywhere(@CurrentViewer() viewer: Viewer): Promise<boolean> {
    await this.accounts.logoutEverywhere(viewer);
    return true;
  }

  @Mutation(() => UpdateProfilePayload, { description: "Updates the viewer's profile." })
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
    description: "Masked, as in +86138****8000. Null for all other users.",
  })
  phone(@Root() user: User, @Ctx() { viewer }: RequestContext): string | null {
    return user.isOwn || viewer?.userId === user.userId ? maskPhone(user.fullPhone) : null;
  }

  @FieldResolver(() => Url, {
    nullable: true,
    description: "Signed URL of the avatar. Null if there is none.",
  })
  avatarUrl(@Root() user: User, @Ctx() { loaders }: RequestContext): Promise<string | null> | null {
    return user.avatarMediaId ? loaders.get(this.avatarUrls).load(user.avatarMediaId) : null;
  }

  @FieldResolver(() => UserStats, { description: "Activity counters." })
  stats(@Root() user: User): UserStats {
    return UserStats.of(user);
  }

  private readonly avatarUrls = (ids: readonly string[]) => this.avatars.avatarUrls(ids);
}

@Resolver(() => UserStats)
export class UserStatsResolver {
  constructor(private readonly videos: VideoCounter) {}

  @FieldResolver(() => Int, { description: "Number of videos generated, including deleted ones." })
  async videosGenerated(@Root() stats: UserStats, @Ctx() { loaders }: RequestContext): Promise<number> {
    return (await loaders.get(this.countVideos).load(stats.userId)) ?? 0;
  }

  private readonly countVideos = (ids: readonly string[]) => this.videos.countVideos(ids);
}
