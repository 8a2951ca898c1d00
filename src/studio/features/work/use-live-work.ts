import { useEffect } from "react";
import { useClient } from "urql";
import { onEnd, pipe, subscribe } from "wonka";
import { StudioWorkChangedDocument } from "../../../generated/operations";
import { onResync } from "../../app/connection";
import { useUserId } from "../../app/viewer";
import { useRefresh } from "./use-refresh";

/** Keeps the counts and prices of a work current. Visitors open no socket. */
export function useLiveWork(id: string): void {
  const client = useClient();
  const refresh = useRefresh(id);
  const isVisitor = useUserId() === null;
  useEffect(() => {
    if (isVisitor) return;
    let isLeft = false;
    // The server ends the events when the viewer can no longer see the work, so the page asks what there is.
    const end = () => {
      if (!isLeft) refresh();
    };
    const events = client.subscription(StudioWorkChangedDocument, { id });
    const { unsubscribe } = pipe(
      events,
      onEnd(end),
      subscribe(({ error }) => {
        if (error) end();
      }),
    );
    return () => {
      isLeft = true;
      unsubscribe();
    };
  }, [client, id, isVisitor, refresh]);
  useEffect(() => onResync(refresh), [refresh]);
}
