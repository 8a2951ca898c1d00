import type { Logger } from "pino";
import { RowLoader } from "../../platform/async/row-loader.js";
import type { Db } from "../../platform/db/index.js";
import type { EventBus } from "../../platform/events/event-bus.js";
import { LiveChanges } from "../../platform/live/live-changes.js";
import { LiveQuery } from "../../platform/live/live-query.js";
import type { PullSource } from "../../platform/live/pull-source.js";
import { isFinal } from "./task-states.js";
import { Task } from "./tasks.graphql.js";
import { recentTasksOf, type TaskRow, tasksByIds, tasksNewerThan } from "./tasks.repository.js";
import { taskChanged } from "./tasks.topics.js";

/** The live queries of one task, and of all tasks of a user. */
export class TaskFeed {
  private readonly rows: RowLoader<TaskRow>;
  private readonly byTask: LiveQuery<(typeof taskChanged)["event"], TaskRow, Task>;
  private readonly byUser: LiveChanges<(typeof taskChanged)["event"], TaskRow, Task>;

  constructor(db: Db, bus: EventBus, logger: Logger) {
    const read = (ids: readonly string[]) => tasksByIds(db, ids);
    this.rows = new RowLoader(read);
    const changed = new RowLoader(read); // One statement for both kinds of subscription.
    const shared = {
      bus,
      logger,
      topic: taskChanged,
      read: (ids: readonly string[]) => changed.loadMany(ids),
      version: ({ revision }: TaskRow) => revision,
      toNode: Task.of,
    };
    this.byTask = new LiveQuery({
      ...shared,
      eventKey: ({ taskId }) => taskId,
      rowKey: ({ id }) => id,
      isLast: ({ row }) => isFinal(row.status),
      readNewer: (known) =>
        tasksNewerThan(
          db,
          known.map(({ key, version }) => ({ id: key, revision: version })),
        ),
    });
    this.byUser = new LiveChanges({
      ...shared,
      eventKey: ({ userId }) => userId,
      eventId: ({ taskId }) => taskId,
      rowKey: ({ userId }) => userId,
      rowId: ({ id }) => id,
      readRecent: (userIds) => recentTasksOf(db, userIds),
    });
  }

  /** The current task, of any user. */
  now(taskId: string): Promise<TaskRow | null> {
    return this.rows.load(taskId);
  }

  /** The same for many. Tasks that do not exist are left out. */
  allNow(taskIds: readonly string[]): Promise<TaskRow[]> {
    return this.rows.loadMany(taskIds);
  }

  /** The user's task now, then after every change; ends after the final one. Null if the user has no such task. */
  watchTask(userId: string, taskId: string): Promise<PullSource<Task> | null> {
    return this.byTask.subscribeIf(taskId, (row) => row.userId === userId);
  }

  /** Every change to any of a user's tasks, from now on. */
  watchUser(userId: string): Promise<PullSource<Task>> {
    return this.byUser.subscribe(userId);
  }

  close(): void {
    this.byTask.close();
    this.byUser.close();
  }
}
