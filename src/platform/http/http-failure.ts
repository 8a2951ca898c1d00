/**
 * What a failed HTTP exchange means: `not-sent` is sure that the other side did nothing, `unknown`
 * is not. Both details name the fault and nothing that was sent.
 */
export type HttpFailure = { kind: "not-sent"; detail: string } | { kind: "unknown"; detail: string };

/** Failures that happen before the first byte of a request can leave. */
const beforeSending = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAI_FAIL",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "EMFILE",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_INVALID_ARG",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

export function classifyHttpFailure(error: unknown): HttpFailure {
  const codes = codesOf(error);
  const detail = codes[0] ?? (error instanceof Error ? error.name : "unknown error");
  // A host with several addresses fails with one error for each: all must be harmless.
  const nothingSent = codes.length > 0 && codes.every((code) => beforeSending.has(code));
  return { kind: nothingSent ? "not-sent" : "unknown", detail };
}

function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.flatMap(codesOf);
  if ("code" in error && typeof error.code === "string") return [error.code];
  return error.cause === undefined ? [error.name] : codesOf(error.cause);
}
