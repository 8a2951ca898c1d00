import { AsyncLocalStorage } from "node:async_hooks";
import { z } from "zod";
import type { ErrorCode } from "../base/app-error.js";
import type { Language } from "../base/language.js";
import { currentTraceparent } from "./tracing.js";

/** One request, for logs, metrics, traces and error answers. A job has the one that it was made for. */
export interface RequestInfo {
  readonly requestId: string;
  /** Of error messages. */
  readonly language: Language;
  /** In a job, if its request was traced: the span that all jobs of the request belong to. */
  readonly traceparent?: string | undefined;
  /** "mutation login": the kind and the first root field, which bounds the number of metrics. */
  operation: string | null;
  /** Of the first error that the client gets. */
  errorCode: ErrorCode | null;
  /** Set if a dependency is unavailable. */
  retryAfterMs: number | null;
}

/** The request that the running code serves. */
export const currentRequest = new AsyncLocalStorage<RequestInfo>();

export function newRequestInfo(requestId: string, language: Language = "en"): RequestInfo {
  return { requestId, language, operation: null, errorCode: null, retryAfterMs: null };
}

const jobRequestInfo = z.object({ requestId: z.string(), traceparent: z.string().optional() });

/** The part of a RequestInfo that is stored with a job. */
export type JobRequestInfo = z.output<typeof jobRequestInfo>;

/** The current request as a job stores it, so that the job's logs and traces name it. Undefined outside of a request. */
export function serializeRequestInfo(): JobRequestInfo | undefined {
  const info = currentRequest.getStore();
  if (!info) return undefined;
  const traceparent = info.traceparent ?? currentTraceparent();
  return { requestId: info.requestId, ...(traceparent && { traceparent }) };
}

/** A job without a request gets a request id of its own. */
export function parseRequestInfo(stored: unknown, jobId: string): RequestInfo {
  const { data } = jobRequestInfo.safeParse(stored);
  return { ...newRequestInfo(data?.requestId ?? `job-${jobId}`), traceparent: data?.traceparent };
}
