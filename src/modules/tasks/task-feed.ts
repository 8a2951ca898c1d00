import type { Db } from "../../platform/db.js";
import { endable, type Latest, Watchers } from "../../platform/events/latest.js";
import { ChangedReader } from "../../platform/events/reader.js";
import type { EventBus } from "../../platform/events.js";
import type { Logger } from "../../platform/logger.js";
import { RowReads } from "../../platform/row-reads.js";
import { isFinal } from "./task-states.js";
import { lateTasksOf, type TaskRow, tasksByIds } from "./tasks.repository.js";

/** How long a lost event can keep a watcher waiting. */
const reviewIntervalMs = 3_000;

/**
 * Tells watchers what becomes of tasks. A change is read once, however many watch it on this server;
 * and since events can be lost, everything that is watched is read again every few seconds and
 * whenever the bus comes back.
 */
export class TaskFeed {
  private readonly byTask = new Watchers<TaskRow>();
  private readonly byUser = new Watchers<TaskRow>();
  private readonly reads: RowReads<TaskRow>;
  private readonly reader: ChangedReader;
  private readonly timer: NodeJS.Timeout;
  private readonly stops: (() => void)[];

  constructor(
    private readonly db: Db,
    bus: EventBus,
    private readonly logger: Logger,
  ) {
    const read = (ids: readonly string[]) => tasksByIds(db, ids);
    this.reads = new RowReads(read);
    this.reader = new ChangedReader(async (ids) => this.tell(await read(ids)), logger);
    this.stops = [
      bus.subscribe("task-changed", ({ taskId, userId }) => {
        if (this.byTask.has(taskId) || this.byUser.has(userId)) this.reader.add([taskId]);
      }),
      bus.onReconnect(() => this.review()),
    ];
    this.timer = setInterval(() => this.review(), reviewIntervalMs);
  }

  /** The task as it is now, whosever it is. */
  now(taskId: string): Promise<TaskRow | null> {
    return this.reads.get(taskId);
  }

  /** The same for many; those that are not there are left out. */
  allNow(taskIds: readonly string[]): Promise<TaskRow[]> {
    return this.reads.all(taskIds);
  }

  /** The task as it is now, then after every change; ends after the final one. */
  follow(taskId: string): AsyncIterableIterator<TaskRow> {
    const watcher = this.byTask.open(taskId);
    const end = () => this.byTask.close(taskId, watcher);
    return endable(this.untilFinal(taskId, watcher, end), end);
  }

  private async *untilFinal(
    taskId: string,
    watcher: Latest<TaskRow>,
    end: () => void,
  ): AsyncGenerator<TaskRow> {
    try {
      const now = await this.now(taskId);
      if (now) watcher.offer(now.id, now.revision, now);
      for (let row = await watcher.next(); row; row = await watcher.next()) {
        yield row;
        if (isFinal(row.status)) return;
      }
    } finally {
      end();
    }
  }

  /** Every change to any of a user's tasks, from now on. */
  followUser(userId: string): AsyncIterableIterator<TaskRow> {
    const watcher = this.byUser.open(userId);
    return endable(this.changesOnly(userId, watcher), () => this.byUser.close(userId, watcher));
  }

  private async *changesOnly(userId: string, watcher: Latest<TaskRow>): AsyncGenerator<TaskRow> {
    for (const row of await lateTasksOf(this.db, [userId])) watcher.assume(row.id, row.revision);
    for (let row = await watcher.next(); row; row = await watcher.next()) yield row;
  }

  stop(): void {
    clearInterval(this.timer);
    for (const stop of this.stops) stop();
    this.byTask.closeAll();
    this.byUser.closeAll();
  }

  private review(): void {
    this.reader.add(this.byTask.keys());
    const users = this.byUser.keys();
    if (users.length === 0) return;
    lateTasksOf(this.db, users).then(
      (rows) => this.tell(rows),
      (err) => this.logger.warn({ err }, "watched users' tasks could not be read"),
    );
  }

  private tell(rows: TaskRow[]): void {
    for (const row of rows) {
      for (const watcher of this.byTask.of(row.id)) watcher.offer(row.id, row.revision, row);
      for (const watcher of this.byUser.of(row.userId)) watcher.offer(row.id, row.revision, row);
    }
  }
}
