import { defineTopic } from "../../platform/events/event-bus.js";

export const taskChanged = defineTopic<{ taskId: string; userId: string; revision: number }>("task-changed");

/** There are new tasks, which have no jobs yet. */
export const tasksCreated = defineTopic<object>("tasks-created");
