import { AsyncLocalStorage } from "node:async_hooks";
import { z } from "zod";
import { currentTraceparent } from "./tracing.js";

/** On whose behalf something is done: it goes with a request into its jobs and into every log line. */
export interface RequestInfo {
  readonly requestId: string;
  /** In a job, if its request was traced: the span that all jobs of the request belong to. */
  readonly traceparent?: string | undefined;
}

/** The origin of what is being done right now. */
export const requestInfo = new AsyncLocalStorage<RequestInfo>();

const jobOrigin = z.object({ requestId: z.string(), traceparent: z.string().optional() });

/** What a job carries of the request that it was made for. */
export type JobRequestInfo = z.output<typeof jobOrigin>;

/** To be kept with a job; undefined for what no request asked for. */
export function serializeRequestInfo(): JobRequestInfo | undefined {
  const origin = requestInfo.getStore();
  if (!origin) return undefined;
  const traceparent = origin.traceparent ?? currentTraceparent();
  return { requestId: origin.requestId, ...(traceparent && { traceparent }) };
}

/** The origin that a job was kept with; one that has none is the beginning of its own story. */
export function parseRequestInfo(kept: unknown, jobId: string): JobRequestInfo {
  const parsed = jobOrigin.safeParse(kept);
  return parsed.success ? parsed.data : { requestId: `job-${jobId}` };
}
