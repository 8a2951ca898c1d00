import type { Logger } from "pino";
import { Batcher } from "../../platform/async/batcher.js";
import { RowLoader } from "../../platform/async/row-loader.js";
import type { Db } from "../../platform/db/index.js";
import type { EventBus } from "../../platform/events/event-bus.js";
import { ChangeReader } from "../../platform/live/change-reader.js";
import { type LatestValueQueue, SubscriberMap } from "../../platform/live/latest-value-queue.js";
import type { PullSource } from "../../platform/live/pull-source.js";
import { startResync } from "../../platform/live/resync.js";
import { isFinal } from "./task-states.js";
import { recentTasksOf, type TaskRow, tasksByIds, tasksNewerThan } from "./tasks.repository.js";

/** Tasks, or users with theirs, in one statement: what changes meanwhile waits for so many, and not for all. */
const atOnceMax = 250;

/**
 * Tells watchers what becomes of tasks. A change is read once, however many watch it on this server;
 * and since events can be lost, the database is asked every few seconds, and whenever the bus comes
 * back, what of all that is watched has changed since.
 */
export class TaskFeed {
  private readonly byTask = new SubscriberMap<TaskRow>({ isLast: ({ status }) => isFinal(status) });
  private readonly byUser = new SubscriberMap<TaskRow>();
  /** Those of users of whom it is not known yet what was before. */
  private readonly opening = new Set<LatestValueQueue<TaskRow>>();
  private readonly reads: RowLoader<TaskRow>;
  private readonly reader: ChangeReader<TaskRow>;
  private readonly reviewer: ChangeReader<TaskRow>;
  private readonly userReviewer: ChangeReader<TaskRow>;
  private readonly lateTasks: Batcher<string, TaskRow[]>;
  private readonly stops: (() => void)[];

  constructor(db: Db, bus: EventBus, logger: Logger) {
    const read = (ids: readonly string[]) => tasksByIds(db, ids);
    this.reads = new RowLoader(read);
    const tell = (rows: TaskRow[]) => this.tell(rows);
    this.reader = new ChangeReader(read, tell, logger);
    this.reviewer = new ChangeReader(
      (ids) => {
        const watched = ids.filter((id) => this.byTask.has(id));
        return tasksNewerThan(
          db,
          watched.map((id) => ({ id, revision: this.publishedRevision(id) })),
        );
      },
      tell,
      logger,
      atOnceMax,
    );
    const readLate = (userIds: readonly string[]) => recentTasksOf(db, userIds);
    this.userReviewer = new ChangeReader(readLate, (rows) => this.tellUsers(rows), logger, atOnceMax);
    this.lateTasks = new Batcher({
      run: async (userIds) => {
        const rows = Map.groupBy(await readLate(userIds), ({ userId }) => userId);
        return userIds.map((userId) => rows.get(userId) ?? []);
      },
      concurrency: 2,
      batchSizeMax: atOnceMax,
    });
    this.stops = [
      bus.subscribe("task-changed", ({ taskId, userId }) => {
        if (this.byTask.has(taskId) || this.byUser.has(userId)) this.reader.add([taskId]);
      }),
      startResync(bus, (isDue) => this.review(isDue)),
    ];
  }

  /** The task as it is now, whosever it is. */
  now(taskId: string): Promise<TaskRow | null> {
    return this.reads.load(taskId);
  }

  /** The same for many; those that are not there are left out. */
  allNow(taskIds: readonly string[]): Promise<TaskRow[]> {
    return this.reads.loadMany(taskIds);
  }

  /**
   * A user's own task as it is now, then after every change; ends after the final one. Null for what is
   * not there and for what is somebody else's.
   */
  async follow(userId: string, taskId: string): Promise<PullSource<TaskRow> | null> {
    const watcher = this.byTask.open(taskId);
    // Only now, so that no change falls between what is read and what is watched.
    const now = await closingOnError(watcher, this.now(taskId));
    if (now?.userId === userId) {
      watcher.push(now.id, now.revision, now);
      return watcher;
    }
    watcher.close();
    return null;
  }

  /** Every change to any of a user's tasks, from now on. */
  async followUser(userId: string): Promise<PullSource<TaskRow>> {
    const watcher = this.byUser.open(userId);
    this.opening.add(watcher);
    try {
      const known = await closingOnError(watcher, this.lateTasks.add(userId));
      for (const row of known) watcher.markSeen(row.id, row.revision);
    } finally {
      this.opening.delete(watcher);
    }
    return watcher;
  }

  stop(): void {
    for (const stop of this.stops) stop();
    this.byTask.closeAll();
    this.byUser.closeAll();
  }

  private review(isDue: (id: string) => boolean): void {
    this.reviewer.add(this.byTask.keys().filter(isDue));
    this.userReviewer.add(this.byUser.keys().filter(isDue));
  }

  /** By whoever knows least of it. */
  private publishedRevision(taskId: string): number {
    return Math.min(...[...this.byTask.of(taskId)].map((watcher) => watcher.versionOf(taskId)));
  }

  /** What a review found. To a watcher that is being opened nothing of it is sure to be new. */
  private tellUsers(rows: TaskRow[]): void {
    for (const row of rows) {
      for (const watcher of this.byUser.of(row.userId)) {
        if (!this.opening.has(watcher)) watcher.push(row.id, row.revision, row);
      }
    }
  }

  private tell(rows: TaskRow[]): void {
    for (const row of rows) {
      for (const watcher of this.byTask.of(row.id)) watcher.push(row.id, row.revision, row);
      for (const watcher of this.byUser.of(row.userId)) watcher.push(row.id, row.revision, row);
    }
  }
}

async function closingOnError<T>(watcher: LatestValueQueue<TaskRow>, read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    watcher.close();
    throw error;
  }
}
