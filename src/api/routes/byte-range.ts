export interface ByteRange {
  /** Both counted. */
  start: number;
  end: number;
}

/**
 * Reads a Range header (RFC 9110, section 14.2) for a file of `size` bytes. "whole" for what may be
 * ignored: no header, other units, several ranges, or text that is no range.
 */
export function readRange(header: string | undefined, size: number): ByteRange | "whole" | "unsatisfiable" {
  const asked = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(header ?? "");
  if (!asked) return "whole";
  const [, first = "", last = ""] = asked;
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
