export interface ByteRange {
  /** Both inclusive. */
  start: number;
  end: number;
}

/**
 * Parses a Range header (RFC 9110, section 14.2) for a file of `size` bytes. "whole" if the header may be
 * ignored: none, other units, several ranges, or text that is no range.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | "whole" | "unsatisfiable" {
  const match = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(header ?? "");
  if (!match) return "whole";
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return "whole";
  if (first === "") return Number(last) > 0 ? lastBytes(Number(last), size) : "unsatisfiable";
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== "" && Number(last) < start) return "whole";
  return start < size ? { start, end } : "unsatisfiable";
}

function lastBytes(count: number, size: number): ByteRange | "unsatisfiable" {
  return size > 0 ? { start: Math.max(0, size - count), end: size - 1 } : "unsatisfiable";
}
