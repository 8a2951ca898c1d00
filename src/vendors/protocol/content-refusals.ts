import list from "./content-refusals.json" with { type: "json" };
import type { VendorErrorBody } from "./vendor-error-body.js";

const codes = new RegExp(`^ (${list.wholeCodes.join("|")}) $| (${list.codes.join("|")}) `);
const notCodes = new RegExp(` (${list.notCodes.join("|")}) `, "g");
const phrases = new RegExp([...list.phrases, ...list.phrasesZh].join("|"), "i");
const notPhrases = new RegExp([...list.notPhrases, ...list.notPhrasesZh].join("|"), "gi");
/** A code that stands in a sentence: of several words without a space between them. */
const codeInSentence = /[A-Za-z]+(?:[_-][A-Za-z]+)+|[A-Z]?[a-z]+(?:[A-Z][a-z]+)+/g;
/** A sentence that says why is short. The rest is no reason to search for long. */
const searchedLengthMax = 2_000;

/** Whether a vendor refuses the content of an order, by the list in `content-refusals.json`. */
export function isContentRefusal({ message, words }: VendorErrorBody): boolean {
  const sentence = message
    .slice(0, searchedLengthMax)
    .replace(/[’‘]/g, "'")
    .replace(/\s+/g, " ")
    .replace(notPhrases, "…");
  const inSentence = sentence.match(codeInSentence) ?? [];
  return [...words, ...inSentence].some(isRefusalCode) || phrases.test(sentence);
}

function isRefusalCode(code: string): boolean {
  const words = code
    .slice(0, searchedLengthMax)
    .replace(/([a-z])([A-Z])|([A-Z])([A-Z][a-z])/g, "$1$3 $2$4")
    .replace(/[^A-Za-z0-9]+/g, " ")
    .toLowerCase()
    .trim();
  return codes.test(` ${words} `.replace(notCodes, " … "));
}
