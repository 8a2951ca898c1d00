import type { Clock } from "../../platform/base/clock.js";
import { Unauthenticated } from "../../platform/base/common-errors.js";
import type { Db, Tx } from "../../platform/db/index.js";
import type { EventBus } from "../../platform/events/event-bus.js";
import { newUuid } from "../../platform/ids/ids.js";
import type { AccountsSettings } from "./accounts.config.js";
import { type Authenticator, sessionEnded } from "./authenticator.js";
import * as repository from "./sessions.repository.js";
import { type AccessTokens, createRefreshToken, hashRefreshToken, refreshTokenMs } from "./tokens.js";

export interface IssuedTokens {
  accessToken: string;
  accessTokenExpiresAt: Date;
  refreshToken: string;
  refreshTokenExpiresAt: Date;
}

interface SessionsDependencies {
  db: Db;
  clock: Clock;
  events: EventBus;
  settings: AccountsSettings;
  accessTokens: AccessTokens;
  authenticator: Authenticator;
}

/** Starts, refreshes and ends sessions. */
export class Sessions {
  constructor(private readonly deps: SessionsDependencies) {}

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
    for (const sessionId of sessionIds) this.deps.authenticator.markEnded(sessionId);
    if (sessionIds.length === 0) return;
    this.deps.events.publish(sessionEnded, ...sessionIds.map((sessionId) => ({ sessionId })));
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
    const { accessTokens } = this.deps;
    const { token: accessToken, expiresAt: accessTokenExpiresAt } = await accessTokens.sign(
      userId,
      sessionId,
    );
    return { accessToken, accessTokenExpiresAt, refreshToken, refreshTokenExpiresAt: expiresAt };
  }
}
