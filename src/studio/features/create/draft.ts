import { useCallback, useSyncExternalStore } from "react";
import type { AiMark, AspectRatio } from "../../../generated/operations";
import { session } from "../../app/session";
import { userKey } from "../../app/stored";
import type { Task } from "../../app/task-state";

/** The state of the composer. It survives reloads, logging in, and ordering. Each user of the browser has another. */
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

const keyOf = (userId: string | null) => userKey("draft", userId);
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
let { userId } = session;
let draft = draftOf(userId);

function read(key: string): Draft | null {
  try {
    const stored = JSON.parse(localStorage.getItem(key) ?? "null");
    return stored && { ...empty, ...stored };
  } catch {
    return null;
  }
}

/** The draft of this user on this device. A visitor's words go to the user who logs in. */
function draftOf(userId: string | null): Draft {
  const visitors = read(keyOf(null));
  if (userId === null) return visitors ?? empty;
  const own = read(keyOf(userId));
  if (visitors) localStorage.removeItem(keyOf(null));
  if (!visitors || (own && !hasWords(visitors))) return own ?? empty;
  localStorage.setItem(keyOf(userId), JSON.stringify(visitors));
  return visitors;
}

function hasWords({ prompt, remix }: Draft): boolean {
  return prompt !== "" || Boolean(remix?.prompt);
}

session.subscribe(() => {
  if (session.userId === userId) return;
  ({ userId } = session);
  show(draftOf(userId));
});

function show(next: Draft): void {
  draft = next;
  for (const listener of listeners) listener();
}

export function currentDraft(): Draft {
  return draft;
}

export function changeDraft(change: Partial<Draft>): void {
  const next = { ...draft, ...change };
  localStorage.setItem(keyOf(userId), JSON.stringify(next));
  show(next);
}

type Order = Pick<Task, "prompt" | "model" | "durationSec" | "hd" | "ratio"> &
  Partial<Pick<Task, "project" | "referenceImage" | "remixOf">>;

/** The draft that makes a task again: its prompt, or its words of a remix, its settings, image and project. */
export function draftAgain({ prompt, remixOf, referenceImage, project, ...settings }: Order): Partial<Draft> {
  const { model, durationSec, hd, ratio } = settings;
  return {
    ...(remixOf ? { remix: { workId: remixOf.id, prompt } } : { prompt }),
    ...{ model, durationSec, hd, ratio },
    image: referenceImage ? { ...referenceImage, name: "" } : null,
    projectId: project?.id ?? null,
  };
}

export function useDraft(): [Draft, (change: Partial<Draft>) => void] {
  const subscribe = useCallback((listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, []);
  return [useSyncExternalStore(subscribe, currentDraft), changeDraft];
}
