import type { Tx } from "../../platform/db/index.js";
import type { EventBus } from "../../platform/events/event-bus.js";
import type { VideoTasks } from "../videos/index.js";
import { announceTasks } from "./announce.js";
import { changeTasks } from "./tasks.repository.js";

/** Updates tasks together with their videos. Their revision grows, because clients see the task change. */
export class TasksOfVideos implements VideoTasks {
  constructor(private readonly bus: EventBus) {}

  async move(tx: Tx, taskIds: readonly string[], projectId: string | null): Promise<() => void> {
    const changed = await changeTasks(tx, taskIds, { projectId });
    return () => announceTasks(this.bus, changed);
  }

  async detachVideo(tx: Tx, taskId: string): Promise<() => void> {
    const changed = await changeTasks(tx, [taskId], {});
    return () => announceTasks(this.bus, changed);
  }
}
