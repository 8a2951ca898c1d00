import { GraphQLEnumType } from "graphql";
import type { ErrorCode } from "../../platform/base/app-error.js";

const descriptions: Record<ErrorCode, string> = {
  GRAPHQL_PARSE_FAILED: "The document is no GraphQL.",
  GRAPHQL_VALIDATION_FAILED: "The document does not fit this schema.",
  PERSISTED_QUERY_NOT_FOUND: "The message is PersistedQueryNotFound: send the text along with its hash.",
  BAD_REQUEST: "The HTTP request or the message is no GraphQL request.",
  BAD_USER_INPUT: "An argument that is not allowed: extensions.field, where it is one of ours.",
  UNAUTHENTICATED: "The token is missing, invalid or expired.",
  FORBIDDEN: "The account is suspended, or a link has expired.",
  NOT_FOUND: "Nothing of the caller's has this id.",
  CONFLICT: "Not in the state that things are in now. Nothing was done.",
  INSUFFICIENT_CREDITS: "extensions.required and extensions.available say how many.",
  IDEMPOTENCY_KEY_REUSED: "The key was used before, with other input.",
  TERMS_NOT_ACCEPTED: "extensions.version names the terms to accept. Nothing was charged.",
  INVALID_LOGIN_CODE: "Wrong, used, expired, tried too often or never asked for.",
  QUOTA_EXCEEDED: "Too many unfinished tasks, or too many today: extensions.limit, extensions.resetAt.",
  RATE_LIMITED: "extensions.retryAfterMs.",
  QUERY_TOO_COMPLEX: "Too deep, too wide or too long: extensions.limit, extensions.max.",
  PAYLOAD_TOO_LARGE: "More bytes than allowed: extensions.limitBytes.",
  UNSUPPORTED_MEDIA_TYPE: "A file or a body of a kind that is not taken.",
  VENDOR_UNAVAILABLE: "A service behind ours is unwell. Nothing was charged.",
  INTERNAL_SERVER_ERROR: "Our own trouble: extensions.errorId is in the log too.",
};

/** No field has this type. It is in the schema so that clients can generate the codes. */
export const ErrorCodeEnum = new GraphQLEnumType({
  name: "ErrorCode",
  description: "Every error carries one of these in extensions.code.",
  values: Object.fromEntries(
    Object.entries(descriptions).map(([code, description]) => [code, { description }]),
  ),
});
