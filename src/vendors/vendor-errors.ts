/**
 * Every way in which a call to a vendor goes wrong, told apart by what it means for the money.
 * `detail` is for operators and logs: it never holds a key and never reaches a client.
 */
export type VendorFailure =
  /** The vendor refused for good: 400 or 422, or any status that comes with a refusal of content. */
  | { kind: "rejected"; reason: "rejected" | "content-policy"; status: number; detail: string }
  /** The vendor refuses us (401, 402, 403): nothing that the user could change. */
  | { kind: "refused"; status: number; detail: string }
  /** Surely nothing happened (refused connection, unknown host, 429, 503): may be tried again. */
  | { kind: "throttled"; retryAfterMs: number | null; detail: string }
  /**
   * Nobody knows whether it happened (no answer in time, cut after sending, 500, 502, 504, no JSON,
   * no id, an endless body): a submission is never sent again, a look may be repeated.
   */
  | { kind: "outcome-unknown"; detail: string };

const failureKinds = new Set(["rejected", "refused", "throttled", "outcome-unknown"]);

export function isVendorFailure(result: { kind: string }): result is VendorFailure {
  return failureKinds.has(result.kind);
}
