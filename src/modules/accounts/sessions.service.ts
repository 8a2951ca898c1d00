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

/** Sessions and their tokens, from login to the end. */
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
   * New tokens for a refresh token. It may be used once more within the leeway, by a second tab or after
   * an answer that got lost. A use after the leeway means that the token was copied, so the session ends.
   * Throws Unauthenticated.
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

  /** Every session that the user has now. */
  endAll(userId: string, reason: repository.EndReason): Promise<void> {
    return this.endMatching({ userId }, reason);
  }

  private async endMatching(which: repository.SessionSelector, reason: repository.EndReason): Promise<void> {
    this.announceEnd(await repository.endSessions(this.deps.db, which, reason, this.deps.clock.now()));
  }

  /** Here at once, without the way over the bus; elsewhere as soon as the bus has told it. */
  private announceEnd(sessionIds: readonly string[]): void {
    for (const sessionId of sessionIds) this.cache.markEnded(sessionId);
    if (sessionIds.length === 0) return;
    this.deps.events.publish(sessionEnded, ...sessionIds.map((sessionId) => ({ sessionId })));
  }

  isLive(sessionId: string): boolean | Promise<boolean> {
    return this.cache.isLive(sessionId);
  }

  /**
   * The user of an access token. Throws Unauthenticated for a token that proves no user; it names the session of an
   * expired token only while a refresh would help.
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
