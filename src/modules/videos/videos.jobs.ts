import { z } from "zod";
import { defineQueue } from "../../platform/jobs/jobs.js";
import { purgeDownloadRecordsQueue } from "./downloads/downloads.jobs.js";

/** Deletes the files of a deleted video or of a failed ingest, with retries. */
export const deleteFilesQueue = defineQueue({
  name: "videos.delete-files",
  payload: z.object({ videoId: z.uuid(), ingestId: z.uuid().nullable().default(null) }),
  retryLimit: 20,
  expireInSec: 120,
  concurrency: 4,
});

export const videosQueues = [deleteFilesQueue, purgeDownloadRecordsQueue];
