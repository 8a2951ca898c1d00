import type { Code, Refusal } from "./refusal";

/**
 * The way on after a refusal. `here`: what the user entered, or sees beside the sentence, such as the button with
 * the new price. The others are buttons and links: see ui/Failure.tsx.
 */
export type Way = "again" | "here" | "login" | "reload" | "running" | "start" | "wallet";

const ways: Record<Code, Way> = {
  BAD_REQUEST: "reload",
  BAD_USER_INPUT: "here",
  CONFLICT: "reload",
  FORBIDDEN: "start",
  GRAPHQL_PARSE_FAILED: "reload",
  GRAPHQL_VALIDATION_FAILED: "reload",
  IDEMPOTENCY_KEY_REUSED: "wallet",
  INSUFFICIENT_CREDITS: "wallet",
  INTERNAL_SERVER_ERROR: "again",
  INVALID_LOGIN_CODE: "here",
  NETWORK: "again",
  NOT_FOUND: "start",
  PAYLOAD_TOO_LARGE: "here",
  PERSISTED_QUERY_NOT_FOUND: "reload",
  QUERY_TOO_COMPLEX: "reload",
  QUOTA_EXCEEDED: "running",
  RATE_LIMITED: "again",
  TERMS_NOT_ACCEPTED: "here",
  UNAUTHENTICATED: "login",
  UNSUPPORTED_MEDIA_TYPE: "here",
  VENDOR_UNAVAILABLE: "again",
};

/** Of conflicts. */
const waysByReason: Record<string, Way> = {
  PRICE_CHANGED: "here",
  TASK_BEING_SUBMITTED: "again",
  TOO_LATE_TO_CANCEL: "here",
  WALLET_FULL: "wallet",
};

const orders = new Set(["createTasks", "remixWork", "retryTask"]);

export function wayOf({ code, reason, operation }: Refusal): Way {
  // Other quotas than that of running tasks say when it goes on.
  if (code === "QUOTA_EXCEEDED" && !orders.has(operation ?? "")) return "here";
  return (code === "CONFLICT" ? waysByReason[reason ?? ""] : undefined) ?? ways[code] ?? "again";
}
