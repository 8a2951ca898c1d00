import { BadUserInput } from "./common-errors.js";

/**
 * A text from a client, trimmed. Lengths count Unicode code points. What PostgreSQL cannot store
 * (NUL) and what is no Unicode text (lone surrogates) is BAD_USER_INPUT.
 */
export function readText(field: string, text: string, length: { min: number; max: number }): string {
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
  return trimmed;
}
