import { isRunning, type Task } from "../../app/task-state";

export interface Place {
  /** Of the task that had the place first. */
  key: string;
  task: Task;
}

/** Those that were running when they were first seen, and the others. A retry is where its original was. */
export function split(
  tasks: readonly Task[],
  wereRunning: ReadonlySet<string>,
  retries: ReadonlyMap<string, string>,
): { making: Place[]; earlier: Place[]; runningCount: number } {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const isRetry = new Set(retries.values());
  const places = tasks
    .filter(({ id }) => !isRetry.has(id))
    .map((task) => ({ key: task.id, task: last(task) }));
  return {
    making: places.filter(({ key }) => wereRunning.has(key)),
    earlier: places.filter(({ key }) => !wereRunning.has(key)),
    runningCount: tasks.filter(isRunning).length,
  };

  function last(task: Task): Task {
    const retry = byId.get(retries.get(task.id) ?? "");
    return retry ? last(retry) : task;
  }
}
