import type { Logger } from "pino";
import type { Db } from "../../db/index.js";
import type { EventBus, Topic } from "../../events/event-bus.js";
import type { ReadRouter } from "../read-router.js";
import { WriteMarks } from "./read-your-writes.js";
import { ReplicaProgress, replicaLagMaxMs } from "./replica-progress.js";

interface ReplicaReadsParts {
  primary: Db;
  replica: Db;
  bus: EventBus;
  /** Events of changes that lists may show: a user is read from the primary until the replica has replayed theirs. */
  changes: readonly Topic<{ userId: string }>[];
  logger: Logger;
  lagMaxMs?: number;
  /** Told of every read. */
  answeredBy?: (from: "replica" | "primary") => void;
}

/**
 * Lists from a streaming replica. Passed over for a user whose own last write, over any server, it has
 * not replayed yet; for one of whom this server has heard that a worker changed something, so that a
 * list shows what a subscription has told; and for everybody while it is away or far behind.
 */
export class ReplicaReads implements ReadRouter {
  private readonly progress: ReplicaProgress;
  private readonly writes: WriteMarks;
  /** Of whom events have told, and when last (`performance.now()`); the oldest stand first. */
  private readonly changed = new Map<string, number>();
  private readonly lagMaxMs: number;
  private readonly stops: (() => void)[];

  constructor(private readonly parts: ReplicaReadsParts) {
    const { primary, replica, bus, changes, logger, lagMaxMs = replicaLagMaxMs } = parts;
    this.lagMaxMs = lagMaxMs;
    this.progress = new ReplicaProgress({ primary, replica, logger, lagMaxMs });
    this.writes = new WriteMarks(primary);
    const heard = ({ userId }: { userId: string }) => this.publishedChanges(userId);
    this.stops = changes.map((topic) => bus.subscribe(topic, heard));
  }

  async read<T>(userIds: readonly string[], run: (db: Db) => Promise<T>): Promise<T> {
    const { primary, replica, answeredBy } = this.parts;
    if (await this.canUseReplica(userIds)) {
      try {
        const answer = await run(replica);
        answeredBy?.("replica");
        return answer;
      } catch (err) {
        this.progress.failed(err);
      }
    }
    answeredBy?.("primary");
    return run(primary);
  }

  /** After a write of this user's, before its answer: from now on no server shows them anything older. */
  async wrote(userId: string): Promise<void> {
    this.publishedChanges(userId);
    await this.writes.mark(userId);
  }

  async stop(): Promise<void> {
    for (const stop of this.stops) stop();
    await this.progress.stop();
  }

  private async canUseReplica(userIds: readonly string[]): Promise<boolean> {
    if (!this.progress.isUsable()) return false;
    for (const userId of userIds) if (!this.hasReplayedPublished(userId)) return false;
    const positions = await Promise.all(userIds.map((userId) => this.writes.positionOf(userId)));
    return positions.every((position) => position === null || this.progress.hasReplayed(position));
  }

  private publishedChanges(userId: string): void {
    this.changed.delete(userId);
    const now = performance.now();
    this.changed.set(userId, now);
    for (const [user, heardAtMs] of this.changed) {
      // A replica that is usable is never so far behind.
      const isOld = now - heardAtMs > this.lagMaxMs;
      if (!isOld && !this.progress.hasReplayedUntil(heardAtMs)) break;
      this.changed.delete(user);
    }
  }

  private hasReplayedPublished(userId: string): boolean {
    const heardAtMs = this.changed.get(userId);
    return heardAtMs === undefined || this.progress.hasReplayedUntil(heardAtMs);
  }
}
