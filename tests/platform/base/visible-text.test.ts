import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BadUserInput } from "../../../src/platform/base/common-errors.js";
import { parseText } from "../../../src/platform/base/validation.js";

const optional = { min: 0, max: 40 };
const required = { min: 1, max: 40 };

const invisible: [string, string][] = [
  ["zero width spaces", "\u200b\u200b"],
  ["joiners", "\u200d\u200c"],
  ["a word joiner", "\u2060"],
  ["the invisible operators of mathematics", "\u2061\u2062\u2063\u2064"],
  ["a soft hyphen", "\u00ad"],
  ["bidirectional controls", "\u200e\u200f\u202a\u202e\u2066\u2069\u061c"],
  ["hangul fillers", "\u3164\u115f\u1160\uffa0"],
  ["khmer's inherent vowels", "\u17b4\u17b5"],
  ["the mongolian vowel separator", "\u180e"],
  ["a blank braille pattern", "\u2800"],
  ["variation selectors", "\ufe0f\u{e0100}"],
  ["tags", "\u{e0001}\u{e0041}"],
  ["a combining grapheme joiner", "\u034f"],
  ["marks without a letter", "\u0301\u20e3"],
  ["an object replacement character", "\ufffc"],
  ["the blank among musical symbols", "\u{1d159}\u{1d173}"],
  ["the blanks among hieroglyphs", "\u{13441}\u{13442}"],
  ["control characters", "\u0001\u001b\u007f\u0085"],
  ["private code points", "\ue000\u{f0000}"],
  ["unassigned code points", "\u0378\uffff"],
  ["spaces around them", " \u3000\u200b\u00a0\u200d "],
];

const visible: [string, string][] = [
  ["a family joined to one emoji", "👩‍👧"],
  ["a Persian word with its joiner", "می‌خواهم"],
  ["an emoji with its variation selector", "❤️"],
  ["a keycap", "1️⃣"],
  ["a flag of regional indicators", "🇨🇳"],
  ["a flag made of tags", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"],
  ["a letter with a combining mark", "e\u0301"],
  ["Devanagari with its marks", "क्षि"],
  ["Chinese", "一只猫"],
  ["a single full stop", "."],
  ["a braille letter", "\u2801"],
  ["a letter among invisible characters", "\u200bx\u200b"],
];

describe("text without a visible character is rejected", () => {
  test.each(invisible)("%s", (_, text) => {
    for (const length of [required, optional]) {
      expect(() => parseText("name", text, length)).toThrow(BadUserInput);
    }
  });

  test("combinations of invisible characters", () => {
    const some = fc.constantFrom(...invisible.map(([, text]) => text));
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 5 }), (parts) => {
        expect(() => parseText("name", parts.join(" "), { min: 0, max: 200 })).toThrow(BadUserInput);
      }),
    );
  });
});

describe("text with a visible character is accepted unchanged", () => {
  test.each(visible)("%s", (_, text) => {
    expect(parseText("name", text, required)).toBe(text);
    expect(parseText("name", ` ${text}\n`, optional)).toBe(text);
  });
});

test("an empty text is accepted if the minimum is 0", () => {
  for (const text of ["", "  \n", "\ufeff"]) expect(parseText("bio", text, optional)).toBe("");
});
