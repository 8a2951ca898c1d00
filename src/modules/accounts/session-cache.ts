import DataLoader from "dataloader";
import type { Clock } from "../../platform/base/clock.js";
import type { EventBus } from "../../platform/events/event-bus.js";
import { sessionEnded } from "./accounts.topics.js";

/** A session that ended elsewhere, and whose event was lost, is believed for this long at most. */
const ttlMs = 3_000;
const rememberedMax = 20_000;
const ended = 0;

/**
 * Which sessions stand, so that a request costs no database read of its own: each session is read
 * about once in three seconds, many in one statement, and its end is known at once by the event.
 */
export class SessionCache {
  /** Until when (ms since 1970) a session counts as live, or `ended`. The oldest entry comes first. */
  private readonly liveUntil = new Map<string, number>();
  private readonly reader: DataLoader<string, boolean>;

  constructor(
    bus: EventBus,
    private readonly clock: Clock,
    findLive: (ids: readonly string[]) => Promise<string[]>,
  ) {
    const read = async (ids: readonly string[]) => {
      const live = new Set(await findLive(ids));
      return ids.map((id) => live.has(id));
    };
    this.reader = new DataLoader(read, { maxBatchSize: 500 });
    bus.subscribe(sessionEnded, ({ sessionId }) => this.markEnded(sessionId));
  }

  isLive(sessionId: string): boolean | Promise<boolean> {
    const until = this.liveUntil.get(sessionId);
    if (until === ended) return false;
    if (until !== undefined && this.clock.now().getTime() < until) return true;
    return this.read(sessionId);
  }

  /** An end is for ever; it is forgotten only when newer entries need the room, and then read again. */
  markEnded(sessionId: string): void {
    this.store(sessionId, ended);
  }

  private async read(sessionId: string): Promise<boolean> {
    // Whoever asks while it is being read shares the read; afterwards it is forgotten here.
    const live = await this.reader.load(sessionId).finally(() => this.reader.clear(sessionId));
    // An end that was announced while the read was under way is newer than what was read.
    if (this.liveUntil.get(sessionId) === ended) return false;
    this.store(sessionId, live ? this.clock.now().getTime() + ttlMs : ended);
    return live;
  }

  private store(sessionId: string, until: number): void {
    this.liveUntil.delete(sessionId);
    this.liveUntil.set(sessionId, until);
    if (this.liveUntil.size <= rememberedMax) return;
    for (const oldest of this.liveUntil.keys()) {
      this.liveUntil.delete(oldest);
      break;
    }
  }
}
