import { z } from "zod";
import { defineQueue } from "../../platform/jobs/jobs.js";

/**
 * Queued before an upload writes its files, to run an hour later. If the upload has no row by then, it failed or the
 * process died, and the job deletes the files.
 */
export const discardUploadQueue = defineQueue({
  name: "media.discard-upload",
  payload: z.object({ mediaId: z.uuid() }),
  retryLimit: 10,
  expireInSec: 120,
  concurrency: 2,
});

export const mediaQueues = [discardUploadQueue];
