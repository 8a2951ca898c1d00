import type { z } from "zod";
import type { Tx } from "../db/index.js";
import type { JobRequestInfo } from "../observability/request-info.js";

/** A job is a name, a payload's shape and a step; running it twice ends the same. */
export interface JobQueue<Payload extends object> {
  readonly name: string;
  readonly payload: z.ZodType<Payload>;
  /** How often a failed run is repeated, with backoff, before the job goes to the dead letters. */
  readonly retryLimit: number;
  /** A run that takes longer is given up and counted as failed, in seconds. */
  readonly expireInSec: number;
  /** How many jobs of one worker process run at once. */
  readonly concurrency: number;
  /** How many jobs of one group (a user) run at once, over all workers. */
  readonly groupConcurrency?: number;
}

export function defineQueue<Payload extends object>(queue: JobQueue<Payload>): JobQueue<Payload> {
  return queue;
}

export interface NewJob<Payload extends object> {
  payload: Payload;
  /** Fairness: jobs of one group cannot crowd out the others'. */
  group?: string;
  /** Not before this many milliseconds from now. */
  delayMs?: number;
  /** At most one waiting job has this key; a second is quietly dropped. */
  onceKey?: string;
  /** On whose behalf; unless it is given, that of what is being done right now. */
  origin?: JobRequestInfo | undefined;
}

export interface Jobs {
  /** Inside the caller's transaction: the jobs exist if and only if it commits. */
  enqueue<P extends object>(tx: Tx, queue: JobQueue<P>, jobs: NewJob<P>[]): Promise<void>;
  /** The waiting job with this key runs now instead of later; if none waits, this one does. */
  bringForward<P extends object>(
    tx: Tx,
    queue: JobQueue<P>,
    job: NewJob<P> & { onceKey: string },
  ): Promise<void>;
  /** Without a transaction. */
  enqueueNow<P extends object>(queue: JobQueue<P>, jobs: NewJob<P>[]): Promise<void>;
  /** After the commit: idle workers of this queue, on every machine, look at once (or after the delay). */
  announce(queue: { name: string }, delayMs?: number): void;
}

export interface JobHandler<Payload extends object> {
  queue: JobQueue<Payload>;
  run(payload: Payload): Promise<void>;
  /** When to run by itself, as cron. The payload is empty then. */
  cron?: string;
}

/** Queues and handlers of any payload, for those who only pass them on. */
export type AnyQueue = Omit<JobQueue<object>, "payload"> & { readonly payload: z.ZodType };

export interface AnyJobHandler {
  queue: AnyQueue;
  run(payload: never): Promise<void>;
  cron?: string;
}
