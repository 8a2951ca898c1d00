/**
 * How a call to a vendor can fail, by its consequence for credits and retries. `detail` is for operators and
 * logs. It never contains a key and never reaches a client.
 */
export type VendorFailure =
  /** The vendor rejected the request: 400, 413, 415 or 422, or a content refusal with any status. */
  | { kind: "rejected"; reason: "rejected" | "content-policy"; status: number; detail: string }
  /** The vendor rejected our account (401, 402, 403), which the user cannot change. */
  | { kind: "refused"; status: number; detail: string }
  /** The vendor certainly did nothing (refused connection, unknown host, 429, 503). A retry is safe. */
  | { kind: "throttled"; retryAfterMs: number | null; detail: string }
  /**
   * The vendor may have acted (timeout, connection lost after sending, 500, 502, 504, invalid JSON, no id,
   * endless body). A submission must not be sent again; a check may be.
   */
  | { kind: "outcome-unknown"; detail: string };

const failureKinds = new Set(["rejected", "refused", "throttled", "outcome-unknown"]);

export function isVendorFailure(result: { kind: string }): result is VendorFailure {
  return failureKinds.has(result.kind);
}
