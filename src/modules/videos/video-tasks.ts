import type { Tx } from "../../platform/db/index.js";

/**
 * Changes the tasks of videos in the same transaction as the videos. The tasks module implements it, because videos
 * does not import tasks. Each method returns a function that announces the change: call it after the commit. Ids are
 * bare UUIDs.
 */
export interface VideoTasks {
  /** Moves tasks into a project, or out of their projects (null). */
  move(tx: Tx, taskIds: readonly string[], projectId: string | null): Promise<() => void>;
  detachVideo(tx: Tx, taskId: string): Promise<() => void>;
}
