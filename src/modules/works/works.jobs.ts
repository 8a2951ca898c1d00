import { z } from "zod";
import { defineQueue } from "../../platform/jobs/jobs.js";

/**
 * Deletes the public files of a work that was taken out. It is also queued before files are copied, to run an hour
 * later: if no work refers to them by then, publishing failed or the process died.
 */
export const deletePublicationQueue = defineQueue({
  name: "works.delete-publication",
  payload: z.object({ workId: z.uuid(), publicationId: z.uuid() }),
  retryLimit: 20,
  expireInSec: 120,
  concurrency: 4,
});

export const worksQueues = [deletePublicationQueue];
