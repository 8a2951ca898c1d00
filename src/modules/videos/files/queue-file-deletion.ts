import type { Tx } from "../../../platform/db/index.js";
import type { Jobs } from "../../../platform/jobs/jobs.js";
import { deleteFilesQueue } from "../videos.jobs.js";
import { getVideoFolder } from "./video-keys.js";

/** Longer than a worker that was presumed dead can continue with an old job. */
const repeatDelayMs = 60 * 60 * 1000;

/**
 * Queues the deletion of the files in a video's folder. `againLater` queues a second deletion in an hour, for files
 * that a worker may still write although it was presumed dead. Announce the queue after the commit.
 */
export async function queueFileDeletion(
  tx: Tx,
  jobs: Jobs,
  { id: videoId, ingestId }: { id: string; ingestId: string | null },
  { againLater = false } = {},
): Promise<void> {
  const job = { payload: { videoId, ingestId }, onceKey: getVideoFolder({ id: videoId, ingestId }) };
  const later = { ...job, onceKey: `${job.onceKey}:late`, delayMs: repeatDelayMs };
  await jobs.enqueue(tx, deleteFilesQueue, againLater ? [job, later] : [job]);
}
