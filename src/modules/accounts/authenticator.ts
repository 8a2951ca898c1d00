import { LRUCache } from "lru-cache";
import { RowLoader } from "../../platform/async/batcher.js";
import { singleFlightByKey } from "../../platform/async/single-flight.js";
import type { Clock } from "../../platform/base/clock.js";
import { Unauthenticated } from "../../platform/base/common-errors.js";
import { defineTopic, type EventBus } from "../../platform/events/event-bus.js";
import type { AccessTokens, AuthenticatedViewer } from "./tokens.js";

export const sessionEnded = defineTopic<{ sessionId: string }>("session-ended");

/** If the event of a session's end is lost, the session counts as live for at most this long. */
const ttlMs = 3_000;
const sessionsMax = 20_000;
const ended = 0;

interface AuthenticatorDependencies {
  accessTokens: AccessTokens;
  events: EventBus;
  clock: Clock;
  /** `findLiveSessions`: those of the sessions that are live. */
  findLive(ids: readonly string[]): Promise<{ id: string }[]>;
}

/**
 * Authenticates every request by its access token. Which sessions are live is cached, so that a request needs no
 * database read of its own. Each session is read about once in 3 s, many in one statement. The event of its end takes
 * effect immediately.
 */
export class Authenticator {
  /** Until when (ms since 1970) a session counts as live, or `ended`. */
  private readonly liveUntil = new LRUCache<string, number>({ max: sessionsMax });
  private readonly loader: RowLoader<{ id: string }>;

  constructor(private readonly deps: AuthenticatorDependencies) {
    this.loader = new RowLoader((ids) => deps.findLive(ids));
    deps.events.subscribe(sessionEnded, ({ sessionId }) => this.markEnded(sessionId));
  }

  /**
   * The user of an access token. Throws Unauthenticated if the token is invalid or its session has ended. For an
   * expired token, the error names the session only if it is still live, so that a refresh can help.
   */
  async authenticate(accessToken: string): Promise<AuthenticatedViewer> {
    const viewer = await this.deps.accessTokens.verify(accessToken).catch(async (error: unknown) => {
      const { expiredSessionId: id } = error as Unauthenticated;
      throw id === undefined || (await this.isLive(id)) ? error : new Unauthenticated();
    });
    if (!(await this.isLive(viewer.sessionId))) throw new Unauthenticated();
    return viewer;
  }

  /** True may be up to three seconds old, false is final. */
  isLive(sessionId: string): boolean | Promise<boolean> {
    const until = this.liveUntil.get(sessionId);
    if (until === ended) return false;
    if (until !== undefined && this.deps.clock.now().getTime() < until) return true;
    return this.read(sessionId);
  }

  /** An end is final, so it has no TTL. If the entry is evicted, the session is read again. */
  markEnded(sessionId: string): void {
    this.liveUntil.set(sessionId, ended);
  }

  private readonly read = singleFlightByKey(async (sessionId) => {
    const isLive = (await this.loader.load(sessionId)) !== null;
    // An end that was announced during the read is newer than the result of the read.
    if (this.liveUntil.get(sessionId) === ended) return false;
    this.liveUntil.set(sessionId, isLive ? this.deps.clock.now().getTime() + ttlMs : ended);
    return isLive;
  });
}
