const longestMs = 24 * 60 * 60 * 1000;

/** A Retry-After header, in seconds or as an HTTP date (RFC 9110, 10.2.3), as milliseconds from now. */
export function readRetryAfterMs(header: string | null, now: Date): number | null {
  if (header === null || header.trim() === "") return null;
  const text = header.trim();
  const waitMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  return Number.isFinite(waitMs) ? Math.min(longestMs, Math.max(0, Math.round(waitMs))) : null;
}
