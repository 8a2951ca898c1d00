import { useSyncExternalStore } from "react";
import { type Language, language, loadWords, type Words } from "./words";

const storageKey = "skyriff.language";
const listeners = new Set<() => void>();
let words: Words;

export function useWords(): Words {
  return useSyncExternalStore(subscribe, () => words);
}

export function useLanguage(): Language {
  return useSyncExternalStore(subscribe, language);
}

export async function chooseLanguage(chosen: Language): Promise<void> {
  localStorage.setItem(storageKey, chosen);
  show(chosen, await loadWords(chosen));
}

/** The language and its words change together. */
export function show(chosen: Language, loaded: Words): void {
  words = loaded;
  document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
  for (const listener of listeners) listener();
}

// Another tab has switched.
window.addEventListener("storage", ({ key, newValue }) => {
  if (key !== storageKey || newValue === null) return;
  const chosen = newValue.startsWith("zh") ? "zh" : "en";
  void loadWords(chosen).then((loaded) => show(chosen, loaded));
});

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
