import { AsyncLocalStorage } from "node:async_hooks";
import { z } from "zod";
import { currentTraceparent } from "./tracing.js";

/** On whose behalf something is done: it goes with a request into its jobs and into every log line. */
export interface Origin {
  readonly requestId: string;
  /** In a job, if its request was traced: the span that all jobs of the request belong to. */
  readonly traceparent?: string | undefined;
}

/** The origin of what is being done right now. */
export const currentOrigin = new AsyncLocalStorage<Origin>();

const jobOrigin = z.object({ requestId: z.string(), traceparent: z.string().optional() });

/** What a job carries of the request that it was made for. */
export type JobOrigin = z.output<typeof jobOrigin>;

/** To be kept with a job; undefined for what no request asked for. */
export function originToKeep(): JobOrigin | undefined {
  const origin = currentOrigin.getStore();
  if (!origin) return undefined;
  const traceparent = origin.traceparent ?? currentTraceparent();
  return { requestId: origin.requestId, ...(traceparent && { traceparent }) };
}

/** The origin that a job was kept with; one that has none is the beginning of its own story. */
export function keptOrigin(kept: unknown, jobId: string): JobOrigin {
  const parsed = jobOrigin.safeParse(kept);
  return parsed.success ? parsed.data : { requestId: `job-${jobId}` };
}
