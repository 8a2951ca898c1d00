import { useEffect } from "react";
import { type CombinedError, useQuery } from "urql";
import { StudioRemixSourceDocument, type StudioRemixSourceQuery } from "../../../generated/operations";
import { changeDraft, useDraft } from "./draft";

export type Source = NonNullable<StudioRemixSourceQuery["work"]>;

export interface RemixSource {
  /** none: a video of its own. gone: the work cannot be seen. closed: its author does not allow remixes. */
  state: "none" | "loading" | "ready" | "gone" | "closed" | "failed";
  source: Source | null;
  error: CombinedError | undefined;
  reload: () => void;
}

/** The work that `?remix=` names. */
export function useRemixSource(id: string | undefined): RemixSource {
  const [{ data, error, fetching, stale }, execute] = useQuery({
    query: StudioRemixSourceDocument,
    variables: { id: id ?? "" },
    requestPolicy: "cache-and-network",
    pause: id === undefined,
  });
  // The data of another work stays until that of this one is there.
  const source = data?.work?.id === id ? (data?.work ?? null) : null;
  useDraftOf(source);
  return {
    state: stateOf({ id, source, isGone: data?.work === null, isLoading: fetching || stale, error }),
    source,
    error,
    reload: () => {
      if (id !== undefined) execute({ requestPolicy: "network-only" });
    },
  };
}

interface Asked {
  id: string | undefined;
  source: Source | null;
  isGone: boolean;
  isLoading: boolean;
  error: CombinedError | undefined;
}

function stateOf({ id, source, isGone, isLoading, error }: Asked): RemixSource["state"] {
  if (id === undefined) return "none";
  if (source) return source.remixable ? "ready" : "closed";
  if (isLoading) return "loading";
  if (error) return "failed";
  return isGone ? "gone" : "loading";
}

/** Another source begins with no words and in its own ratio. */
function useDraftOf(source: Source | null): void {
  const [{ remix }] = useDraft();
  const isNew = source !== null && remix?.workId !== source.id;
  useEffect(() => {
    if (isNew) changeDraft({ remix: { workId: source.id, prompt: "" }, ratio: source.ratio });
  }, [isNew, source]);
}

/** The words in the composer, and how to write them. Those of a remix are apart from the prompt of a video of its own. */
export function useWords(source: Source | null): [string, (words: string) => void] {
  const [draft, change] = useDraft();
  if (!source) return [draft.prompt, (prompt) => change({ prompt })];
  const words = draft.remix?.workId === source.id ? draft.remix.prompt : "";
  return [words, (prompt) => change({ remix: { workId: source.id, prompt } })];
}
