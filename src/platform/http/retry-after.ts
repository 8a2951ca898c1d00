const longestMs = 24 * 60 * 60 * 1000;

/**
 * A Retry-After header, in seconds or as an HTTP date (RFC 9110, 10.2.3), as milliseconds from the
 * answer. A date is compared with the answer's own `Date`: the other side's clock may differ from ours.
 */
export function readRetryAfterMs(headers: Record<string, string | string[] | undefined>): number | null {
  const text = String(headers["retry-after"] ?? "").trim();
  if (text === "") return null;
  const answeredAtMs = Date.parse(String(headers.date)) || Date.now();
  const waitMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - answeredAtMs;
  return Number.isFinite(waitMs) ? Math.min(longestMs, Math.max(0, Math.round(waitMs))) : null;
}
