import { useCallback, useEffect } from "react";
import { useClient, useSubscription } from "urql";
import {
  StudioTaskChangedDocument,
  StudioTaskDocument,
  StudioViewerDocument,
  WalletChangedDocument,
} from "../../generated/operations";
import { askAgain } from "./ask-again";
import { onResync, reportListening } from "./connection";
import { restartLists } from "./pages";
import { isRunning, type Task } from "./task-state";
import { useUserId } from "./viewer";

/** Tasks that a list of this tab shows. */
const listed = new Set<string>();
/** Tasks that ran when this tab last heard of them. */
const running = new Set<string>();
const latest = new Map<string, Task>();
const changes = new EventTarget();

/**
 * The viewer's tasks and wallet, kept current by events. They write to the cache, so every query that shows
 * a task or the wallet follows.
 */
export function useLiveViewer(): void {
  const isVisitor = useUserId() === null;
  const client = useClient();
  const catchUp = useCatchUp();
  useEffect(() => (isVisitor ? undefined : onResync(catchUp)), [isVisitor, catchUp]);
  useSubscription({ query: StudioTaskChangedDocument, pause: isVisitor }, (_last, { myTaskStatus: task }) => {
    const shown = client.readQuery(StudioViewerDocument, {})?.data?.tasks.nodes ?? [];
    if (isRunning(task) && !shown.some(({ id }) => id === task.id)) void catchUp();
    take(task);
    return { myTaskStatus: task };
  });
  useSubscription({ query: WalletChangedDocument, pause: isVisitor }, (last, wallet) => {
    // The first event of a connection is the wallet as it is.
    reportListening();
    if (last && last.walletChanged.revision !== wallet.walletChanged.revision)
      restartLists("statement", "incomes");
    return wallet;
  });
}

/** Events tell what comes from now on. This asks which tasks run now, and how those ended that do not any more. */
function useCatchUp(): () => Promise<void> {
  const client = useClient();
  return useCallback(async () => {
    const { data } = await askAgain(client, StudioViewerDocument, {});
    if (!data) return;
    const now = new Set(data.tasks.nodes.map(({ id }) => id));
    const ended = [...running].filter((id) => !now.has(id));
    for (const id of now) running.add(id);
    for (const id of ended) {
      const { data } = await askAgain(client, StudioTaskDocument, { id });
      if (data?.task) take(data.task);
      else if (data) running.delete(id);
    }
  }, [client]);
}

function take(task: Task): void {
  if (isRunning(task)) running.add(task.id);
  else running.delete(task.id);
  // A task of another tab or device is in no list yet.
  if (!listed.has(task.id)) {
    listed.add(task.id);
    restartLists("tasks");
  }
  if (task.status === "SUCCESS" && latest.get(task.id)?.status !== "SUCCESS") restartLists("videos");
  latest.set(task.id, task);
  changes.dispatchEvent(new CustomEvent("task", { detail: task }));
}

/** Tasks that a list of this tab shows already. */
export function rememberTasks(tasks: readonly Task[]): void {
  for (const task of tasks) {
    listed.add(task.id);
    if (isRunning(task)) running.add(task.id);
  }
}

/** Calls back with each change of one of the viewer's tasks. */
export function onTaskChange(listener: (task: Task) => void): () => void {
  const handle = (event: Event) => listener((event as CustomEvent<Task>).detail);
  changes.addEventListener("task", handle);
  return () => changes.removeEventListener("task", handle);
}
