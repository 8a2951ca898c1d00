import type { Logger } from "pino";
import type { Db } from "../../db/index.js";
import type { EventBus, Topic } from "../../events/event-bus.js";
import type { ReadOptions, ReadRouter } from "../read-router.js";
import { WriteMarks } from "./read-your-writes.js";
import { ReplicaProgress, replicaLagMaxMs } from "./replica-progress.js";

type UserChange = { userId: string } | { userIds: readonly string[] };

interface ReplicaReadsOptions {
  primary: Db;
  replica: Db;
  bus: EventBus;
  /** Events of changes that lists may show: a user is read from the primary until the replica has replayed theirs. */
  changes: readonly Topic<UserChange>[];
  logger: Logger;
  lagMaxMs?: number;
  /** For metrics. */
  answeredBy?: (from: "replica" | "primary") => void;
}

/**
 * Reads lists from a streaming replica. Falls back to the primary if the replica (1) has not replayed the
 * user's last write on any server, (2) has not replayed a change that this server has already published
 * to the user's subscriptions, or (3) is unavailable or too far behind.
 */
export class ReplicaReads implements ReadRouter {
  private readonly progress: ReplicaProgress;
  private readonly writes: WriteMarks;
  /** Users with a published change and its time (`performance.now()`), oldest first. */
  private readonly publishedAtMs = new Map<string, number>();
  private readonly lagMaxMs: number;
  private readonly stops: (() => void)[];

  constructor(private readonly options: ReplicaReadsOptions) {
    const { primary, replica, bus, changes, logger, lagMaxMs = replicaLagMaxMs } = options;
    this.lagMaxMs = lagMaxMs;
    this.progress = new ReplicaProgress({ primary, replica, logger, lagMaxMs });
    this.writes = new WriteMarks(primary);
    const onChange = (change: UserChange) => {
      for (const userId of "userIds" in change ? change.userIds : [change.userId]) this.notePublished(userId);
    };
    this.stops = changes.map((topic) => bus.subscribe(topic, onChange));
  }

  async read<T>(
    userIds: readonly string[],
    run: (db: Db) => Promise<T>,
    { committedByMs = Number.NEGATIVE_INFINITY }: ReadOptions = {},
  ): Promise<T> {
    const { primary, replica, answeredBy } = this.options;
    if (this.progress.hasReplayedUntil(committedByMs) && (await this.canUseReplica(userIds))) {
      try {
        const result = await run(replica);
        answeredBy?.("replica");
        return result;
      } catch (err) {
        this.progress.failed(err);
      }
    }
    answeredBy?.("primary");
    return run(primary);
  }

  /** Call it between a write of this user and its response: no server shows the user older lists then. */
  async wrote(userId: string): Promise<void> {
    this.notePublished(userId);
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

  private notePublished(userId: string): void {
    this.publishedAtMs.delete(userId);
    const now = performance.now();
    this.publishedAtMs.set(userId, now);
    for (const [user, atMs] of this.publishedAtMs) {
      // A usable replica never lags by more than this.
      const isOld = now - atMs > this.lagMaxMs;
      if (!isOld && !this.progress.hasReplayedUntil(atMs)) break;
      this.publishedAtMs.delete(user);
    }
  }

  private hasReplayedPublished(userId: string): boolean {
    const atMs = this.publishedAtMs.get(userId);
    return atMs === undefined || this.progress.hasReplayedUntil(atMs);
  }
}
