import type { Logger } from "pino";
import { RowLoader } from "../../platform/async/batcher.js";
import { NotFound } from "../../platform/base/common-errors.js";
import type { Db } from "../../platform/db/index.js";
import type { EventBus } from "../../platform/events/event-bus.js";
import { LiveChanges } from "../../platform/live/live-changes.js";
import { LiveQuery } from "../../platform/live/live-query.js";
import type { PullSource } from "../../platform/live/pull-source.js";
import { taskChanged } from "./announce.js";
import { isFinal } from "./task-states.js";
import { Task } from "./tasks.graphql.js";
import { taskPrefix } from "./tasks.ids.js";
import { recentTasksOf, type TaskRow, tasksByIds, tasksNewerThan } from "./tasks.repository.js";

/** The live queries of one task, and of all tasks of a user. */
export class TaskFeed {
  private readonly byTask: LiveQuery<(typeof taskChanged)["event"], TaskRow, Task>;
  private readonly byUser: LiveChanges<(typeof taskChanged)["event"], TaskRow, Task>;

  constructor(db: Db, bus: EventBus, logger: Logger) {
    // One statement for both kinds of subscription. Requests have their own, or they would wait for up to 1,000 changes.
    const changed = new RowLoader((ids) => tasksByIds(db, ids));
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

  /** The task now, then after every change; ends after the final one. Throws NotFound if the user has no such task. */
  async watchTask(userId: string, publicId: string): Promise<PullSource<Task>> {
    const id = taskPrefix.toUuid(publicId);
    const events = id && (await this.byTask.subscribeIf(id, (row) => row.userId === userId));
    if (!events) throw new NotFound("taskId");
    return events;
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
