import type { AsyncLocalStorage } from "node:async_hooks";
import type { ErrorCode } from "../../platform/base/app-error.js";
import type { Language } from "../../platform/base/language.js";
import { type RequestInfo, requestInfo } from "../../platform/observability/request-info.js";

/** What is known of one request outside its resolvers: for its errors, its log line and its figures. */
export interface RequestScope extends RequestInfo {
  readonly language: Language;
  /** "mutation createTask": the kind and the first root field, so that there are only so many. */
  operation: string | null;
  /** Of the first error that the client was told. */
  errorCode: ErrorCode | null;
  /** Set when something that we stand on is away: when the client had better ask again. */
  retryAfterMs: number | null;
}

export function newRequestScope(requestId: string, language: Language): RequestScope {
  return { requestId, language, operation: null, errorCode: null, retryAfterMs: null };
}

/** The request that is being served right now: at the edge every origin is one. */
export const currentScope = requestInfo as AsyncLocalStorage<RequestScope>;
