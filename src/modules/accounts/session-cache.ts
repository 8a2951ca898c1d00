import { LRUCache } from "lru-cache";
import { RowLoader } from "../../platform/async/row-loader.js";
import { singleFlightByKey } from "../../platform/async/single-flight.js";
import type { Clock } from "../../platform/base/clock.js";
import type { EventBus } from "../../platform/events/event-bus.js";
import { sessionEnded } from "./accounts.topics.js";

/** If the event of a session's end is lost, the session counts as live for at most this long. */
const ttlMs = 3_000;
const sessionsMax = 20_000;
const ended = 0;

/**
 * Caches which sessions are live, so that a request needs no database read of its own. Each session is read about
 * once in 3 s, many in one statement. The event of its end takes effect immediately.
 */
export class SessionCache {
  /** Until when (ms since 1970) a session counts as live, or `ended`. */
  private readonly liveUntil = new LRUCache<string, number>({ max: sessionsMax });
  private readonly loader: RowLoader<{ id: string }>;

  constructor(
    bus: EventBus,
    private readonly clock: Clock,
    findLive: (ids: readonly string[]) => Promise<{ id: string }[]>,
  ) {
    this.loader = new RowLoader(findLive);
    bus.subscribe(sessionEnded, ({ sessionId }) => this.markEnded(sessionId));
  }

  isLive(sessionId: string): boolean | Promise<boolean> {
    const until = this.liveUntil.get(sessionId);
    if (until === ended) return false;
    if (until !== undefined && this.clock.now().getTime() < until) return true;
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
    this.liveUntil.set(sessionId, isLive ? this.clock.now().getTime() + ttlMs : ended);
    return isLive;
  });
}
