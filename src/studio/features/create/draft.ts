import { useCallback, useSyncExternalStore } from "react";
import type { AiMark, AspectRatio } from "../../../generated/operations";

/** The state of the composer. It survives reloads, logging in, and ordering. */
export interface Draft {
  prompt: string;
  model: string | null;
  durationSec: number | null;
  hd: boolean;
  ratio: AspectRatio | null;
  count: number;
  projectId: string | null;
  image: { id: string; name: string; thumbnailUrl: string; aiMark: AiMark } | null;
  /** The words that are added to a work's prompt. */
  remix: { workId: string; prompt: string } | null;
}

const storageKey = "skyriff.draft";
const empty: Draft = {
  prompt: "",
  model: null,
  durationSec: null,
  hd: false,
  ratio: null,
  count: 1,
  projectId: null,
  image: null,
  remix: null,
};
const listeners = new Set<() => void>();
let draft: Draft = read();

function read(): Draft {
  try {
    return { ...empty, ...JSON.parse(localStorage.getItem(storageKey) ?? "{}") };
  } catch {
    return empty;
  }
}

export function changeDraft(change: Partial<Draft>): void {
  draft = { ...draft, ...change };
  localStorage.setItem(storageKey, JSON.stringify(draft));
  for (const listener of listeners) listener();
}

export function useDraft(): [Draft, (change: Partial<Draft>) => void] {
  const subscribe = useCallback((listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, []);
  return [useSyncExternalStore(subscribe, () => draft), changeDraft];
}
