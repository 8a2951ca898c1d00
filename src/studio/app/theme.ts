import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark" | "system";

const storageKey = "skyriff.theme";
const listeners = new Set<() => void>();

function theme(): Theme {
  return (document.documentElement.dataset.theme as Theme | undefined) ?? "system";
}

export function chooseTheme(chosen: Theme): void {
  if (chosen === "system") {
    localStorage.removeItem(storageKey);
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem(storageKey, chosen);
    document.documentElement.dataset.theme = chosen;
  }
  for (const listener of listeners) listener();
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, theme);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
