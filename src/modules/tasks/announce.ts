import { defineTopic, type EventBus } from "../../platform/events/event-bus.js";
import { walletChanged } from "../wallet/index.js";
import type { TaskContext } from "./tasks.context.js";
import type { TaskRow } from "./tasks.repository.js";

/* Events for the task's subscribers and for the workers. All are published after the commit. */

/** Every step that changes a task publishes one. */
export const taskChanged = defineTopic<{ taskId: string; userId: string; revision: number }>("task-changed");

/** There are new tasks, which have no jobs yet. TaskDispatcher (dispatch/) gives them jobs. */
export const tasksCreated = defineTopic<object>("tasks-created");

export function announceTasks(bus: EventBus, changed: readonly TaskRow[]): void {
  if (changed.length > 0) bus.publish(taskChanged, ...changed.map(toChange));
}

/** Wakes the workers, and the subscribers of the owners' tasks and wallets. */
export function announceNewTasks(bus: EventBus, created: readonly TaskRow[]): void {
  bus.publish(tasksCreated, {});
  announceTasks(bus, created);
  const owners = new Set(created.map(({ userId }) => userId));
  bus.publish(walletChanged, ...[...owners].map((userId) => ({ userId })));
}

/** The end of a task also moved its owner's credits. */
export function announceEnd({ metrics, wallets, bus }: TaskContext, task: TaskRow): void {
  metrics.ended(task);
  wallets.announce(task.userId);
  announceTasks(bus, [task]);
}

function toChange({ id: taskId, userId, revision }: TaskRow): (typeof taskChanged)["event"] {
  return { taskId, userId, revision };
}
