import { useMemo, useRef, useState } from "react";
import { StudioTasksDocument } from "../../../generated/operations";
import { rememberTasks } from "../../app/live";
import { usePages } from "../../app/pages";
import { isRunning, type Task } from "../../app/task-state";
import { split } from "./split";

const pageSize = 30;

/**
 * The viewer's tasks in two lists. A task that was running when it was first seen keeps its place among the
 * running ones when it ends, so nothing jumps. A retry takes the place of what it retries.
 */
export function useTaskLists(created: readonly Task[]) {
  const pages = usePages("tasks", {
    query: StudioTasksDocument,
    variables: { first: pageSize },
    connection: ({ tasks }) => tasks,
    live: true,
  });
  const wereRunning = useRef(new Set<string>());
  const [retries, setRetries] = useState<ReadonlyMap<string, string>>(new Map());

  const lists = useMemo(() => {
    const all = new Map([...created, ...pages.items].map((task) => [task.id, task]));
    const newestFirst = [...all.values()].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
    rememberTasks(newestFirst);
    for (const task of newestFirst) if (isRunning(task)) wereRunning.current.add(task.id);
    return split(newestFirst, wereRunning.current, retries);
  }, [created, pages.items, retries]);

  const replace = (failed: string, retry: string) => setRetries((now) => new Map(now).set(failed, retry));
  return { ...pages, ...lists, replace };
}
