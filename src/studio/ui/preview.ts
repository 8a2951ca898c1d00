import { useCallback, useSyncExternalStore } from "react";

const waitMs = 200;
const listeners = new Set<() => void>();
/** One preview at a time plays on a page. */
let playing: string | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

function play(id: string | null): void {
  playing = id;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const isStill = () =>
  matchMedia("(prefers-reduced-motion: reduce)").matches ||
  (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;

const ids = new WeakMap<Element, string>();

/** On touch, the frame that rests in the middle of the window plays. */
const middle = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const id = ids.get(target);
      if (!id) continue;
      if (isIntersecting) playSoon(id);
      else stop(id);
    }
  },
  { rootMargin: "-40% 0px -40% 0px" },
);

function watchMiddle(frame: HTMLElement, id: string): () => void {
  if (!matchMedia("(hover: none)").matches || isStill()) return () => {};
  ids.set(frame, id);
  middle.observe(frame);
  return () => {
    middle.unobserve(frame);
    stop(id);
  };
}

let waiting: string | null = null;

function playSoon(id: string): void {
  clearTimeout(timer);
  waiting = id;
  timer = setTimeout(play, waitMs, id);
}

function stop(id: string): void {
  if (waiting === id) clearTimeout(timer);
  if (playing === id) play(null);
}

/** For a frame that plays while a mouse rests on it, or while it rests in the middle, unless less motion or data is wished for. */
export function usePreview(id: string) {
  const isPlaying = useSyncExternalStore(subscribe, () => playing === id);
  return {
    isPlaying,
    ref: useCallback((frame: HTMLElement | null) => (frame ? watchMiddle(frame, id) : undefined), [id]),
    onPointerEnter: ({ pointerType }: { pointerType: string }) => {
      if (pointerType === "mouse" && !isStill()) playSoon(id);
    },
    onPointerLeave: ({ pointerType }: { pointerType: string }) => {
      if (pointerType === "mouse") stop(id);
    },
  };
}
