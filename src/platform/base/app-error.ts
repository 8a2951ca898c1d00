import type { LocalizedText } from "./language.js";

/** Every code that a client can meet in `extensions.code`. */
export const errorCodes = [
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "PERSISTED_QUERY_NOT_FOUND",
  "BAD_REQUEST",
  "BAD_USER_INPUT",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "NOT_FOUND",
  "CONFLICT",
  "INSUFFICIENT_CREDITS",
  "IDEMPOTENCY_KEY_REUSED",
  "TERMS_NOT_ACCEPTED",
  "INVALID_LOGIN_CODE",
  "QUOTA_EXCEEDED",
  "RATE_LIMITED",
  "QUERY_TOO_COMPLEX",
  "PAYLOAD_TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE",
  "VENDOR_UNAVAILABLE",
  "INTERNAL_SERVER_ERROR",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/**
 * An error that a client may see: a stable code for programs, a text for people in every language,
 * and facts that become fields of `extensions`. Anything that is no AppError is a bug and is masked
 * at the edge.
 */
export abstract class AppError extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly text: LocalizedText,
    public facts: Readonly<Record<string, unknown>> = {},
  ) {
    super(text.en);
    this.name = new.target.name;
  }

  /** Names the argument that the error is about, as clients write it: `albumId`, `items.2.albumId`. */
  about(field: string): this {
    this.facts = { ...this.facts, field };
    return this;
  }
}

/**
 * Runs a check of one part of an input. If it throws an AppError about a field, the error gets the field's path in the
 * whole input: "name" becomes "items.2.name".
 */
export function withFieldPath<T>(toPath: (field: string) => string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    const field = error instanceof AppError && error.facts.field;
    throw typeof field === "string" ? (error as AppError).about(toPath(field)) : error;
  }
}
