import { z } from "zod";
import { defineQueue } from "../../platform/jobs/jobs.js";

/**
 * Written down before an upload's files are, to run an hour later: if no row came of the upload, it
 * died or failed in between, and its files go.
 */
export const discardUploadQueue = defineQueue({
  name: "media.discard-upload",
  payload: z.object({ mediaId: z.uuid() }),
  retryLimit: 10,
  expireInSec: 120,
  concurrency: 2,
});

export const mediaQueues = [discardUploadQueue];
