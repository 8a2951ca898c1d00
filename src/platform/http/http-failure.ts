/**
 * `not-sent`: the server certainly received nothing. `unknown`: it may have acted on the call. `detail` names
 * the error and contains nothing of the request.
 */
export type HttpFailure = { kind: "not-sent"; detail: string } | { kind: "unknown"; detail: string };

/** Errors that occur before the first byte of a request is sent. */
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
  const codes = errorCodes(error);
  const detail = codes[0] ?? (error instanceof Error ? error.name : "unknown error");
  // A host with several addresses fails with one error for each, and all of them must be in the set.
  const nothingSent = codes.length > 0 && codes.every((code) => beforeSending.has(code));
  return { kind: nothingSent ? "not-sent" : "unknown", detail };
}

function errorCodes(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.flatMap(errorCodes);
  if ("code" in error && typeof error.code === "string") return [error.code];
  return error.cause === undefined ? [error.name] : errorCodes(error.cause);
}
