import type { Tx } from "../../platform/db/index.js";

/**
 * The tasks that made videos, which change in the same transaction as these: videos know no tasks. Each
 * method answers with the announcement to make after the commit. Ids are bare UUIDs.
 */
export interface VideoTasks {
  /** Into a project, or out of any (null). */
  move(tx: Tx, taskIds: readonly string[], projectId: string | null): Promise<() => void>;
  detachVideo(tx: Tx, taskId: string): Promise<() => void>;
}
