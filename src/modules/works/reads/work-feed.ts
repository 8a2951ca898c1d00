import type { Logger } from "pino";
import { NotFound } from "../../../platform/base/common-errors.js";
import type { EventBus } from "../../../platform/events/event-bus.js";
import { SubscriberMap } from "../../../platform/live/latest-value-queue.js";
import { startResync } from "../../../platform/live/live-rows.js";
import type { PullSource } from "../../../platform/live/pull-source.js";
import { relationsChanged } from "../../social/index.js";
import type { Work } from "../works.graphql.js";
import { workPrefix } from "../works.ids.js";
import { workChanged } from "../works.topics.js";
import type { WorkReader } from "./work-reader.js";

/** A work is read at most this often, however often it changes. */
const intervalMs = 1_000;

/** A work that is watched on this server. */
interface Watched {
  authorId: string;
  viewerIds: Set<string | null>;
  /** Runs while the work rests after a read. */
  timer: NodeJS.Timeout | null;
  /** It has changed while it rested. */
  isDue: boolean;
}

/**
 * Works that clients watch. Every viewer sees a work in their own way, or stops seeing it, so it is read for each of
 * them, all in one statement. What lost events have hidden is read every 3 s.
 */
export class WorkFeed {
  private readonly watched = new Map<string, Watched>();
  private readonly queues = new SubscriberMap<Work>();
  private readonly stops: (() => void)[];

  constructor(
    private readonly works: WorkReader,
    bus: EventBus,
    private readonly logger: Logger,
  ) {
    this.stops = [
      bus.subscribe(workChanged, ({ workId }) => this.update(workId)),
      bus.subscribe(relationsChanged, ({ userIds }) => this.updateFor(new Set(userIds))),
      startResync(bus, (isDue) => {
        for (const workId of this.watched.keys()) if (isDue(workId)) this.update(workId);
      }),
    ];
  }

  /** The work now, then after its changes; ends when the viewer can no longer see it. Throws NotFound. */
  async watch(viewerId: string | null, id: string): Promise<PullSource<Work>> {
    const workId = workPrefix.toUuid(id);
    if (!workId) throw new NotFound("workId");
    const queue = this.queues.open(keyOf(viewerId, workId)); // Before the read, so that no change falls between the two.
    try {
      const work = await this.works.find(viewerId, workId);
      if (!work) throw new NotFound("workId");
      this.watchedWork(workId, work.row.userId).viewerIds.add(viewerId);
      queue.push(workId, work.version, work);
      return queue;
    } catch (error) {
      queue.close();
      throw error;
    }
  }

  close(): void {
    for (const stop of this.stops) stop();
    for (const { timer } of this.watched.values()) if (timer) clearTimeout(timer);
    this.queues.closeAll();
  }

  private watchedWork(workId: string, authorId: string): Watched {
    const watched = this.watched.get(workId) ?? { authorId, viewerIds: new Set(), timer: null, isDue: false };
    this.watched.set(workId, watched);
    return watched;
  }

  /** These users see less or more than before, or are seen by fewer. */
  private updateFor(userIds: ReadonlySet<string>): void {
    for (const [workId, { authorId, viewerIds }] of this.watched) {
      const isConcerned = userIds.has(authorId) || [...userIds].some((userId) => viewerIds.has(userId));
      if (isConcerned) this.update(workId);
    }
  }

  private update(workId: string): void {
    const watched = this.watched.get(workId);
    if (!watched) return;
    if (watched.timer) {
      watched.isDue = true;
      return;
    }
    watched.timer = setTimeout(() => {
      watched.timer = null;
      const { isDue } = watched;
      watched.isDue = false;
      if (isDue) this.update(workId);
    }, intervalMs);
    this.read(workId, watched).catch((err: unknown) =>
      this.logger.warn({ err, workId }, "a watched work could not be read; it is read again within 3 s"),
    );
  }

  private async read(workId: string, { viewerIds }: Watched): Promise<void> {
    await Promise.all(
      [...viewerIds].map(async (viewerId) => {
        const key = keyOf(viewerId, workId);
        if (!this.queues.has(key)) {
          viewerIds.delete(viewerId);
          return;
        }
        const work = await this.works.find(viewerId, workId);
        for (const queue of [...this.queues.of(key)]) {
          if (work) queue.push(workId, work.version, work);
          else queue.close();
        }
      }),
    );
    if (viewerIds.size === 0) this.watched.delete(workId);
  }
}

function keyOf(viewerId: string | null, workId: string): string {
  return `${workId}/${viewerId ?? ""}`;
}
