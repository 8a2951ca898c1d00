import { useCallback } from "react";
import { useClient } from "urql";
import { StudioWorkPageDocument } from "../../../generated/operations";
import { askAgain } from "../../app/ask-again";

/** Asks for the work again. The answer goes to the cache, and from there to every query that shows the work. */
export function useRefresh(id: string): () => void {
  const client = useClient();
  return useCallback(() => {
    void askAgain(client, StudioWorkPageDocument, { id });
  }, [client, id]);
}
