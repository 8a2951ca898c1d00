import type { z } from "zod";
import type { Tx } from "../db/index.js";
import { defineTopic } from "../events/event-bus.js";
import type { JobRequestInfo } from "../observability/request-info.js";

/** Jobs of this queue are ready, now or after the delay: idle workers poll then. */
export const jobsReady = defineTopic<{ queue: string; delayMs: number }>("jobs-ready");

/** Its handler must be idempotent, because a job may run more than once. */
export interface JobQueue<Payload extends object> {
  readonly name: string;
  readonly payload: z.ZodType<Payload>;
  /** How often a failed job is retried, with backoff, before it becomes a dead letter. */
  readonly retryLimit: number;
  /** A job that runs longer, in seconds, counts as failed. */
  readonly expireInSec: number;
  /** How many jobs one process runs at the same time. */
  readonly concurrency: number;
  /** How many jobs of one group (a user) run at the same time on all machines. */
  readonly groupConcurrency?: number;
}

export function defineQueue<Payload extends object>(queue: JobQueue<Payload>): JobQueue<Payload> {
  return queue;
}

export interface NewJob<Payload extends object> {
  payload: Payload;
  /** For fairness: see `groupConcurrency`. */
  group?: string;
  delayMs?: number;
  /** While a job with this key is waiting, further ones are dropped without an error. */
  onceKey?: string;
  /** The request that the job belongs to. Default: the current one. */
  origin?: JobRequestInfo | undefined;
}

export interface Jobs {
  /** In the caller's transaction: the jobs exist if and only if it commits. Call `announce` after the commit. */
  enqueue<P extends object>(tx: Tx, queue: JobQueue<P>, jobs: NewJob<P>[]): Promise<void>;
  /** Makes the waiting job with this key due now. If none is waiting, enqueues this one. */
  bringForward<P extends object>(
    tx: Tx,
    queue: JobQueue<P>,
    job: NewJob<P> & { onceKey: string },
  ): Promise<void>;
  /** Enqueues without a transaction, and announces. Jobs with a delay are found by polling. */
  enqueueNow<P extends object>(queue: JobQueue<P>, jobs: NewJob<P>[]): Promise<void>;
  /** Makes the workers of this queue, on all machines, fetch jobs now or after the delay. */
  announce(queue: { name: string }, delayMs?: number): void;
}

export interface JobHandler<Payload extends object> {
  queue: JobQueue<Payload>;
  run(payload: Payload): Promise<void>;
  /** A cron expression. Scheduled jobs have an empty payload. */
  cron?: string;
}

/** A queue of any payload type. */
export type AnyQueue = Omit<JobQueue<object>, "payload"> & { readonly payload: z.ZodType };

export interface AnyJobHandler {
  queue: AnyQueue;
  run(payload: never): Promise<void>;
  cron?: string;
}
