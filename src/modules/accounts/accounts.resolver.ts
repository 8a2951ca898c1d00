import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { Unauthenticated } from "../../platform/base/common-errors.js";
import { CurrentViewer, type RequestContext, type Viewer } from "../../platform/graphql/request-context.js";
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
    return this.accounts.requestLoginCode({
      phone,
      address,
      language,
      isFromThisMachine: isFromThisMachine(),
    });
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
  @FieldResolver(() => String, {
    nullable: true,
    description: "Masked, as in +86138****8000. Null for all other users.",
  })
  phone(@Root() user: User, @Ctx() { viewer }: RequestContext): string | null {
    return user.isOwn || viewer?.userId === user.userId ? maskPhone(user.fullPhone) : null;
  }

  @FieldResolver(() => UserStats, { description: "Activity counters." })
  stats(@Root() user: User): UserStats {
    return UserStats.of(user);
  }
}
