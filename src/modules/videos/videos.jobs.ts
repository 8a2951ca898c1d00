import { z } from "zod";
import { defineQueue } from "../../platform/jobs.js";

/** Takes the files of a deleted video away, with retries. */
export const deleteFilesQueue = defineQueue({
  name: "videos.delete-files",
  payload: z.object({ videoId: z.uuid() }),
  retryLimit: 20,
  expireInSec: 120,
  concurrency: 4,
});

export const videosQueues = [deleteFilesQueue];
