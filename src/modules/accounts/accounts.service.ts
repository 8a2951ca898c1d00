import type { Logger } from "pino";
import { RowLoader } from "../../platform/async/batcher.js";
import type { Clock } from "../../platform/base/clock.js";
import { NotFound, Unauthenticated } from "../../platform/base/common-errors.js";
import type { Language } from "../../platform/base/language.js";
import { parseText } from "../../platform/base/validation.js";
import type { Keyring } from "../../platform/crypto/keyring.js";
import type { Db, Tx } from "../../platform/db/index.js";
import type { EventBus } from "../../platform/events/event-bus.js";
import type { Viewer } from "../../platform/graphql/request-context.js";
import { newUuid } from "../../platform/ids/ids.js";
import type { AccountsSettings } from "./accounts.config.js";
import { AccountBanned } from "./accounts.errors.js";
import { type RequestLoginCodePayload, Session, type UpdateProfileInput, User } from "./accounts.graphql.js";
import { Authenticator } from "./authenticator.js";
import { deleteLoginCodes } from "./login-codes.repository.js";
import { type LoginCodeRequest, LoginCodes, loginCodesTtlMs } from "./login-codes.service.js";
import type { LoginLimits } from "./login-limits.js";
import { randomNickname } from "./nicknames.js";
import { deleteOldSessions, findLiveSessions } from "./sessions.repository.js";
import { type IssuedTokens, Sessions } from "./sessions.service.js";
import type { SmsSender } from "./sms.js";
import { AccessTokens, refreshTokenMs } from "./tokens.js";
import * as users from "./users.repository.js";

const nicknameLength = { min: 1, max: 40 };
const bioLength = { min: 0, max: 500 };

export interface AccountsDependencies {
  db: Db;
  clock: Clock;
  keyring: Keyring;
  events: EventBus;
  sms: SmsSender;
  settings: AccountsSettings;
  limits: LoginLimits;
  logger: Logger;
  /** If true, clients on the same machine get their login code in the response. Never in production. */
  showsCodes: boolean;
  /** Runs in the transaction that creates the user. */
  onUserCreated(tx: Tx, userId: string): Promise<void>;
  /** The UUID of the image with this public id; null unless it is the user's own. */
  findOwnImage(userId: string, publicId: string): Promise<string | null>;
}

export interface LoginAttempt {
  phone: string;
  code: string;
  address: string;
  language: Language;
}

type LoggedIn = { user: users.UserRow; isNewUser: boolean; tokens: IssuedTokens };

/** Users, their logins and their sessions. */
export class AccountsService {
  readonly authenticator: Authenticator;
  private readonly codes: LoginCodes;
  private readonly sessions: Sessions;
  private readonly userLoader: RowLoader<users.UserRow>;

  constructor(private readonly deps: AccountsDependencies) {
    this.userLoader = new RowLoader((ids) => users.usersByIds(deps.db, ids));
    this.codes = new LoginCodes(deps);
    const accessTokens = new AccessTokens(deps.keyring, deps.clock);
    const findLive = (ids: readonly string[]) => findLiveSessions(deps.db, ids, deps.clock.now());
    this.authenticator = new Authenticator({ ...deps, accessTokens, findLive });
    this.sessions = new Sessions({ ...deps, accessTokens, authenticator: this.authenticator });
  }

  /** Throws RateLimited and LoginCodeNotSent. */
  async requestLoginCode(
    request: LoginCodeRequest & { isFromThisMachine: boolean },
  ): Promise<RequestLoginCodePayload> {
    const { code, ...sent } = await this.codes.request(request);
    const isShown = this.deps.showsCodes && request.isFromThisMachine;
    return { ...sent, developmentCode: isShown ? code : null };
  }

  /**
   * The first login with a phone creates a user. Throws RateLimited, InvalidLoginCode and AccountBanned.
   */
  async login(login: LoginAttempt): Promise<Session> {
    const codeId = await this.codes.match(login);
    const loggedIn = await this.deps.db.transaction(async (tx): Promise<LoggedIn | null> => {
      await this.codes.use(tx, codeId);
      const { user, isNewUser } = await this.findOrCreateUser(tx, login.phone, login.language);
      // Returns null instead of throwing, so that the transaction commits and the code stays used.
      if (user.bannedAt) return null;
      return { user, isNewUser, tokens: await this.sessions.start(tx, user.id) };
    });
    if (!loggedIn) throw new AccountBanned();
    return toSession(loggedIn);
  }

  /** Creates a user without a login, for development data. False if the phone has a user already. */
  async register(user: users.NewUser): Promise<boolean> {
    return this.deps.db.transaction(async (tx) => {
      const created = await users.insertUser(tx, user);
      if (created) await this.deps.onUserCreated(tx, created.id);
      return created !== null;
    });
  }

  /** Throws Unauthenticated. Reuse of an old token ends the session. */
  async refreshSession(refreshToken: string): Promise<Session> {
    const { userId, tokens } = await this.sessions.refresh(refreshToken);
    const [user] = await users.usersByIds(this.deps.db, [userId]);
    if (!user) throw new Unauthenticated();
    return toSession({ user, isNewUser: false, tokens });
  }

  async logout(viewer: Viewer): Promise<void> {
    await this.sessions.end(viewer.sessionId, "logout");
  }

  async logoutEverywhere(viewer: Viewer): Promise<void> {
    await this.sessions.endAll(viewer.userId, "logout");
  }

  /** By bare UUID. An arrow function, because request loaders are keyed by function identity. */
  readonly usersByIds = async (userIds: readonly string[]): Promise<Map<string, User>> => {
    const rows = await this.userLoader.loadMany(userIds);
    return new Map(rows.map((row) => [row.id, User.of(row)]));
  };

  /** Throws BadUserInput, and NotFound for an avatar that the viewer does not own. */
  async updateProfile(viewer: Viewer, input: UpdateProfileInput): Promise<User> {
    const change: users.ProfileChange = {};
    if (input.nickname != null) change.nickname = parseText("nickname", input.nickname, nicknameLength);
    if (input.bio != null) change.bio = parseText("bio", input.bio, bioLength);
    if (input.avatarMediaId !== undefined) {
      change.avatarMediaId = await this.readAvatar(viewer.userId, input.avatarMediaId);
    }
    const row = await users.changeProfile(this.deps.db, viewer.userId, change);
    if (!row) throw new Unauthenticated();
    return User.of(row);
  }

  /** Deletes codes, tokens and sessions that are no longer used. */
  async deleteOldData(): Promise<void> {
    const now = this.deps.clock.now();
    await deleteLoginCodes(this.deps.db, new Date(now.getTime() - loginCodesTtlMs));
    await deleteOldSessions(this.deps.db, new Date(now.getTime() - refreshTokenMs), now);
  }

  private async findOrCreateUser(
    tx: Tx,
    phone: string,
    language: Language,
  ): Promise<{ user: users.UserRow; isNewUser: boolean }> {
    const existing = await users.lockUserByPhone(tx, phone);
    if (existing) return { user: existing, isNewUser: false };
    const created = await users.insertUser(tx, {
      id: newUuid(),
      phone,
      nickname: randomNickname(language),
      createdAt: this.deps.clock.now(),
    });
    if (created) {
      await this.deps.onUserCreated(tx, created.id);
      return { user: created, isNewUser: true };
    }
    const user = await users.lockUserByPhone(tx, phone);
    if (!user) throw new Error("a user with this phone existed a moment ago and is now missing");
    return { user, isNewUser: false };
  }

  private async readAvatar(userId: string, publicMediaId: string | null): Promise<string | null> {
    if (publicMediaId === null) return null;
    const mediaId = await this.deps.findOwnImage(userId, publicMediaId);
    if (mediaId === null) throw new NotFound("avatarMediaId");
    return mediaId;
  }
}

function toSession({ user, isNewUser, tokens }: LoggedIn): Session {
  return Object.assign(new Session(), tokens, { user: User.of(user, { isOwn: true }), isNewUser });
}
