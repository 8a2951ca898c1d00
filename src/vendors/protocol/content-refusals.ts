import list from "./content-refusals.json" with { type: "json" };
import type { VendorErrorBody } from "./vendor-error-body.js";

const codes = new RegExp(`^ (${list.wholeCodes.join("|")}) $| (${list.codes.join("|")}) `);
const notCodes = new RegExp(` (${list.notCodes.join("|")}) `, "g");
const phrases = new RegExp([...list.phrases, ...list.phrasesZh].join("|"), "i");
const notPhrases = new RegExp([...list.notPhrases, ...list.notPhrasesZh].join("|"), "gi");
/** A code within a sentence: several words without spaces, as in content_policy or ContentPolicy. */
const codeInSentence = /[A-Za-z]+(?:[_-][A-Za-z]+)+|[A-Z]?[a-z]+(?:[A-Z][a-z]+)+/g;
/** Bounds the time of the regular expressions. Messages that state a reason are shorter. */
const searchLengthMax = 2_000;

/** Whether the error says that the prompt or image violates a content policy, by `content-refusals.json`. */
export function isContentRefusal({ message, codes: words }: VendorErrorBody): boolean {
  const sentence = message
    .slice(0, searchLengthMax)
    .replace(/[’‘]/g, "'")
    .replace(/\s+/g, " ")
    .replace(notPhrases, "…");
  const codesInSentence = sentence.match(codeInSentence) ?? [];
  return [...words, ...codesInSentence].some(isRefusalCode) || phrases.test(sentence);
}

function isRefusalCode(code: string): boolean {
  const words = code
    .slice(0, searchLengthMax)
    .replace(/([a-z])([A-Z])|([A-Z])([A-Z][a-z])/g, "$1$3 $2$4")
    .replace(/[^A-Za-z0-9]+/g, " ")
    .toLowerCase()
    .trim();
  return codes.test(` ${words} `.replace(notCodes, " … "));
}
