import type { TaskContext } from "../tasks.context.js";
import { crashPoint } from "../tasks.crash-points.js";
import { submitQueue } from "../tasks.jobs.js";
import { takeNewTasks } from "./new-tasks.repository.js";

const batchSizeMax = 500;

/** Enqueues the jobs of the oldest new tasks in one transaction: each has its job or is still listed. Returns their number. */
export async function dispatchTasks(context: Pick<TaskContext, "db" | "jobs">): Promise<number> {
  const count = await context.db.transaction(async (tx) => {
    const tasks = await takeNewTasks(tx, batchSizeMax);
    const jobs = tasks.map(({ id: taskId, userId, requestInfo }) => ({
      ...{ payload: { taskId, tries: 0 }, onceKey: taskId, group: userId, origin: requestInfo },
    }));
    if (jobs.length > 0) await context.jobs.enqueue(tx, submitQueue, jobs);
    return jobs.length;
  });
  if (count === 0) return 0;
  crashPoint("dispatch.queued");
  context.jobs.announce(submitQueue);
  return count;
}
