const lengthMax = 1_000;

/** A foreign text for a terminal: without line breaks, control characters and changes of direction. */
export function oneLine(text: string, max = lengthMax): string {
  return [...text.replace(/\s+/g, " ").replace(/[\p{Cc}\p{Bidi_Control}]/gu, "")].slice(0, max).join("");
}
