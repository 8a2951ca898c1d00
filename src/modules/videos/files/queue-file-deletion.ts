import type { Tx } from "../../../platform/db/index.js";
import type { Jobs } from "../../../platform/jobs/jobs.js";
import { deleteFilesQueue } from "../videos.jobs.js";
import { getVideoFolder } from "./video-keys.js";

/** No worker that was believed dead goes on for so long with an old job. */
const repeatDelayMs = 60 * 60 * 1000;

/**
 * Queues the deletion of the files in a video's folder. `againLater`: also in an hour, for what a worker
 * that is only believed dead may still write. Announce the queue after the commit.
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
