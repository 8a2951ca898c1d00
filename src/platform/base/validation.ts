import { BadUserInput } from "./common-errors.js";

/**
 * A character that can be seen: a letter, digit, punctuation mark or symbol. Spaces, control characters,
 * zero width characters, fillers, marks without a letter, and unassigned or private code points are not.
 * The exceptions listed by number are blank although Unicode counts them as letters or symbols.
 */
const visible =
  /(?![\p{Default_Ignorable_Code_Point}\u2800\uFFFC\u{1D159}\u{13441}\u{13442}])[\p{L}\p{N}\p{P}\p{S}]/u;

/**
 * A text from a client, trimmed. Lengths count Unicode code points. BAD_USER_INPUT if it is too long or too
 * short, holds only characters that cannot be seen, or cannot be stored (NUL, lone surrogates).
 */
export function parseText(field: string, text: string, length: { min: number; max: number }): string {
  const trimmed = text.trim();
  // A cheap bound first, so that a megabyte is not counted code point by code point.
  const count = trimmed.length > length.max * 2 ? length.max + 1 : [...trimmed].length;
  if (count < length.min || count > length.max) {
    throw new BadUserInput(
      field,
      `${field} must have ${length.min} to ${length.max} characters.`,
      `${field} 长度须为 ${length.min} 到 ${length.max} 个字符。`,
    );
  }
  if (trimmed.includes("\0") || !trimmed.isWellFormed()) {
    throw new BadUserInput(field, `${field} holds characters that are not text.`, `${field} 包含无效字符。`);
  }
  if (trimmed !== "" && !visible.test(trimmed)) {
    throw new BadUserInput(
      field,
      `${field} has no character that can be seen.`,
      `${field} 中没有可见的字符。`,
    );
  }
  return trimmed;
}
