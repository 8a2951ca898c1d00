import { useSyncExternalStore } from "react";
import { useQuery } from "urql";
import { StudioViewerDocument } from "../../generated/operations";
import { session } from "./session";
import { isRunning } from "./task-state";

/** The id of the user who is logged in. Null for visitors. */
export function useUserId(): string | null {
  return useSyncExternalStore(session.subscribe, session.getUserId);
}

/** The viewer and the wallet. Undefined for visitors, and until the answer is there. */
export function useViewer() {
  const pause = useUserId() === null;
  const [{ data }] = useQuery({ query: StudioViewerDocument, pause });
  return pause ? undefined : data;
}

/** The viewer's tasks that have not ended. */
export function useRunningTasks() {
  return useViewer()?.tasks.nodes.filter(isRunning) ?? [];
}
