import { z } from "zod";
import { defineQueue } from "../../platform/jobs/jobs.js";

/** Submits the task to a vendor, at most once. */
export const submitQueue = defineQueue({
  name: "submit-task",
  payload: z.object({ taskId: z.uuid(), tries: z.number().int().default(0) }),
  retryLimit: 10,
  expireInSec: 300,
  concurrency: 16,
  groupConcurrency: 4,
});

/** Polls the vendor for the status of a task, and enqueues itself again until the task has ended. */
export const checkQueue = defineQueue({
  name: "check-task",
  payload: z.object({ taskId: z.uuid(), polls: z.number().int().default(0) }),
  retryLimit: 10,
  expireInSec: 300,
  concurrency: 32,
});

/** Ingests the finished video. Few at a time, because this takes most of the processor time. */
export const ingestQueue = defineQueue({
  name: "ingest-video",
  payload: z.object({ taskId: z.uuid(), tries: z.number().int().default(0) }),
  retryLimit: 10,
  expireInSec: 1_800,
  concurrency: 2,
  groupConcurrency: 2,
});

/** Cancels a task at its vendor. */
export const cancelAtVendorQueue = defineQueue({
  name: "cancel-at-vendor",
  payload: z.object({ taskId: z.uuid() }),
  retryLimit: 3,
  expireInSec: 150,
  concurrency: 4,
});

/** Every minute: enqueues new jobs for unfinished tasks that lost theirs. */
export const sweepQueue = defineQueue({
  name: "sweep-tasks",
  payload: z.object({}),
  retryLimit: 2,
  expireInSec: 120,
  concurrency: 1,
});

/** Every five minutes: checks at the vendors the outcome of tasks that ended without one. */
export const reconcileQueue = defineQueue({
  name: "reconcile-attempts",
  payload: z.object({}),
  retryLimit: 2,
  expireInSec: 1_800,
  concurrency: 1,
});

export const taskQueues = [
  submitQueue,
  checkQueue,
  ingestQueue,
  cancelAtVendorQueue,
  sweepQueue,
  reconcileQueue,
];
