const delayMaxMs = 24 * 60 * 60 * 1000;

/**
 * Parses Retry-After, in seconds or as an HTTP date (RFC 9110, 10.2.3), to milliseconds. A date is compared
 * with the response's own `Date`, because the server's clock may differ from ours.
 */
export function parseRetryAfterMs(headers: Record<string, string | string[] | undefined>): number | null {
  const text = String(headers["retry-after"] ?? "").trim();
  if (text === "") return null;
  const respondedAtMs = Date.parse(String(headers.date)) || Date.now();
  const waitMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - respondedAtMs;
  return Number.isFinite(waitMs) ? Math.min(delayMaxMs, Math.max(0, Math.round(waitMs))) : null;
}
