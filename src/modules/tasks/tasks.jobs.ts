import { z } from "zod";
import { defineQueue } from "../../platform/jobs/jobs.js";

/** Asks a vendor for the video, at most once. */
export const submitQueue = defineQueue({
  name: "submit-task",
  payload: z.object({ taskId: z.uuid(), tries: z.number().int().default(0) }),
  retryLimit: 10,
  expireInSec: 300,
  concurrency: 16,
  groupConcurrency: 4,
});

/** Looks how a task is doing at its vendor; puts itself back until it has ended. */
export const checkQueue = defineQueue({
  name: "check-task",
  payload: z.object({ taskId: z.uuid(), polls: z.number().int().default(0) }),
  retryLimit: 10,
  expireInSec: 300,
  concurrency: 32,
});

/** Brings the finished video home. Few at once: this is where the processor's time goes. */
export const ingestQueue = defineQueue({
  name: "ingest-video",
  payload: z.object({ taskId: z.uuid(), tries: z.number().int().default(0) }),
  retryLimit: 10,
  expireInSec: 1_800,
  concurrency: 2,
  groupConcurrency: 2,
});

/** Tells a vendor that a task was called off. */
export const cancelAtVendorQueue = defineQueue({
  name: "cancel-at-vendor",
  payload: z.object({ taskId: z.uuid() }),
  retryLimit: 3,
  expireInSec: 150,
  concurrency: 4,
});

/** Every minute: finds what has no job and has not ended. */
export const sweepQueue = defineQueue({
  name: "sweep-tasks",
  payload: z.object({}),
  retryLimit: 2,
  expireInSec: 120,
  concurrency: 1,
});

/** Every five minutes: asks vendors what became of tasks that ended without their last word. */
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
