import type en from "../words/en.json";

export type Language = "en" | "zh";
export type Words = typeof en;

/** The language that the inline script of the page has chosen, or the user since. */
export function language(): Language {
  return document.documentElement.lang.startsWith("zh") ? "zh" : "en";
}

/** The words of one language. The first ones are loaded beside the first script: see boot.ts. */
export async function loadWords(chosen: Language): Promise<Words> {
  const { default: words } = await (chosen === "zh"
    ? import("../words/zh.json")
    : import("../words/en.json"));
  return words as Words;
}
