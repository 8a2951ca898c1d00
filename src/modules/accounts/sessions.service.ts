import type { Clock } from "../../platform/base/clock.js";
import { Unauthenticated } from "../../platform/base/common-errors.js";
import type { Keyring } from "../../platform/crypto/keyring.js";
import type { Db, Tx } from "../../platform/db/index.js";
import type { EventBus } from "../../platform/events/event-bus.js";
import { newUuid } from "../../platform/ids/ids.js";
import type { AccountsSettings } from "./accounts.config.js";
import { sessionEnded } from "./accounts.topics.js";
import { SessionCache } from "./session-cache.js";
import * as repository from "./sessions.repository.js";
import {
  AccessTokens,
  type AuthenticatedViewer,
  createRefreshToken,
  hashRefreshToken,
  refreshTokenMs,
} from "./tokens.js";

export interface IssuedTokens {
  accessToken: string;
  accessTokenExpiresAt: Date;
  refreshToken: string;
  refreshTokenExpiresAt: Date;
}

interface SessionsDependencies {
  db: Db;
  clock: Clock;
  keyring: Keyring;
  events: EventBus;
  settings: AccountsSettings;
}

/** Starts, refreshes, authenticates and ends sessions. */
export class Sessions {
  private readonly accessTokens: AccessTokens;
  private readonly cache: SessionCache;

  constructor(private readonly deps: SessionsDependencies) {
    this.accessTokens = new AccessTokens(deps.keyring, deps.clock);
    this.cache = new SessionCache(deps.events, deps.clock, (ids) =>
      repository.findLiveSessions(deps.db, ids, deps.clock.now()),
    );
  }

  async start(tx: Tx, userId: string): Promise<IssuedTokens> {
    const createdAt = this.deps.clock.now();
    const sessionId = newUuid();
    const expiresAt = new Date(createdAt.getTime() + refreshTokenMs);
    await repository.insertSession(tx, { id: sessionId, userId, createdAt, expiresAt });
    return this.issue(tx, { userId, sessionId, createdAt, expiresAt });
  }

  /**
   * Exchanges a refresh token for new tokens. A second use is allowed within the leeway, for a second tab or a lost
   * response. A use after the leeway means that the token was copied, so the session ends. Throws Unauthenticated.
   */
  async refresh(refreshToken: string): Promise<{ userId: string; tokens: IssuedTokens }> {
    const hash = hashRefreshToken(refreshToken);
    const refreshed = await this.deps.db.transaction((tx) => this.rotate(tx, hash));
    if (refreshed) return refreshed;
    const leewayMs = this.deps.settings.REFRESH_LEEWAY_MS;
    const sessionId = await repository.findSessionOfReusedToken(this.deps.db, hash, leewayMs);
    if (sessionId) await this.end(sessionId, "refresh-reuse");
    throw new Unauthenticated().about("refreshToken");
  }

  end(sessionId: string, reason: repository.EndReason): Promise<void> {
    return this.endMatching({ sessionId }, reason);
  }

  /** Ends all current sessions of the user. */
  endAll(userId: string, reason: repository.EndReason): Promise<void> {
    return this.endMatching({ userId }, reason);
  }

  private async endMatching(which: repository.SessionSelector, reason: repository.EndReason): Promise<void> {
    this.announceEnd(await repository.endSessions(this.deps.db, which, reason, this.deps.clock.now()));
  }

  /** Updates the local cache immediately. Other servers follow when they receive the event. */
  private announceEnd(sessionIds: readonly string[]): void {
    for (const sessionId of sessionIds) this.cache.markEnded(sessionId);
    if (sessionIds.length === 0) return;
    this.deps.events.publish(sessionEnded, ...sessionIds.map((sessionId) => ({ sessionId })));
  }

  isLive(sessionId: string): boolean | Promise<boolean> {
    return this.cache.isLive(sessionId);
  }

  /**
   * The user of an access token. Throws Unauthenticated for an invalid token. For an expired token, the error names the
   * session only if it is still live, so that a refresh can help.
   */
  async authenticate(accessToken: string): Promise<AuthenticatedViewer> {
    const claims = await this.accessTokens.verify(accessToken).catch(async (error: unknown) => {
      const { expiredSessionId: id } = error as Unauthenticated;
      throw id === undefined || (await this.cache.isLive(id)) ? error : new Unauthenticated();
    });
    if (!(await this.cache.isLive(claims.sessionId))) throw new Unauthenticated();
    return claims;
  }

  private async rotate(tx: Tx, hash: string): Promise<{ userId: string; tokens: IssuedTokens } | null> {
    const createdAt = this.deps.clock.now();
    const expiresAt = new Date(createdAt.getTime() + refreshTokenMs);
    const sessionId = await repository.useRefreshToken(
      tx,
      hash,
      createdAt,
      this.deps.settings.REFRESH_LEEWAY_MS,
    );
    if (!sessionId) return null;
    const userId = await repository.extendSession(tx, sessionId, expiresAt);
    if (!userId) throw new Unauthenticated().about("refreshToken");
    return { userId, tokens: await this.issue(tx, { userId, sessionId, createdAt, expiresAt }) };
  }

  private async issue(
    tx: Tx,
    session: { userId: string; sessionId: string; createdAt: Date; expiresAt: Date },
  ): Promise<IssuedTokens> {
    const { userId, sessionId, createdAt, expiresAt } = session;
    const { token: refreshToken, hash } = createRefreshToken();
    await repository.insertRefreshToken(tx, { hash, sessionId, createdAt, expiresAt });
    const { token: accessToken, expiresAt: accessTokenExpiresAt } = await this.accessTokens.sign(
      userId,
      sessionId,
    );
    return { accessToken, accessTokenExpiresAt, refreshToken, refreshTokenExpiresAt: expiresAt };
  }
}
