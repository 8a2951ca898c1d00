import { useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useSyncExternalStore } from "react";

const storageKey = "skyriff.keys";
const listeners = new Set<() => void>();

function areOn(): boolean {
  return localStorage.getItem(storageKey) !== "off";
}

export function chooseKeys(on: boolean): void {
  if (on) localStorage.removeItem(storageKey);
  else localStorage.setItem(storageKey, "off");
  for (const listener of listeners) listener();
}

export function useKeysOn(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, areOn);
}

/** Tells a control's tooltip and assistive technology its key, unless keys are off. `G D` is one after the other. */
export function useKeyHint(): (name: string, key: string) => KeyHint {
  const isOn = useKeysOn();
  return (name, key) => {
    if (!isOn) return {};
    const shortcut = key.includes(" ") ? {} : { "aria-keyshortcuts": key.replace("Ctrl", "Control") };
    return { title: `${name} (${key})`, ...shortcut };
  };
}

interface KeyHint {
  title?: string;
  "aria-keyshortcuts"?: string;
}

/** Keys that lead to pages. After G comes the first letter of a page. */
const pagesAfterG: Record<string, string> = { d: "/", l: "/library", w: "/wallet" };
const pauseMs = 1_000;

/** The key of an event, unless it belongs to a field, a dialog or a shortcut of the browser. */
export function plainKey(event: KeyboardEvent): string | null {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !areOn()) return null;
  if (target.closest("input, textarea, select, [contenteditable], [role=dialog]")) return null;
  return event.key.toLowerCase();
}

/** The keys that work on every page. `help` opens their list. */
export function useKeys(help: () => void): void {
  const { navigate } = useRouter();
  const afterG = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const key = plainKey(event);
      if (key === null) return;
      const isAfterG = event.timeStamp - afterG.current < pauseMs;
      afterG.current = Number.NEGATIVE_INFINITY;
      const page = isAfterG ? pagesAfterG[key] : undefined;
      if (page) void navigate({ to: page });
      else if (key === "g") afterG.current = event.timeStamp;
      else if (key === "?") help();
      else if (key === "c") void navigate({ to: "/create" });
      else if (key === "/") {
        event.preventDefault();
        if (!focusPrompt()) void navigate({ to: "/create" }).then(() => requestAnimationFrame(focusPrompt));
      } else pressOnPage(event, key);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [navigate, help]);
}

function focusPrompt(): boolean {
  const prompt = document.querySelector<HTMLElement>("[data-prompt]");
  prompt?.focus();
  return prompt !== null;
}

/** L and F press the page's own buttons. J and K go through the frames of a list. */
function pressOnPage(event: KeyboardEvent, key: string): void {
  if (key === "l" || key === "f") document.querySelector<HTMLElement>(`[data-key="${key}"]`)?.click();
  if (key !== "j" && key !== "k") return;
  const frames = [...document.querySelectorAll<HTMLElement>("main article a[href]:has(img)")];
  const at = frames.indexOf(document.activeElement as HTMLElement);
  const next = frames[at + (key === "j" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}
