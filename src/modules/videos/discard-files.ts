import type { Tx } from "../../platform/db.js";
import type { Jobs } from "../../platform/jobs.js";
import { deleteFilesQueue } from "./videos.jobs.js";

/**
 * A worker that was believed dead may still be writing the video's files when they are deleted. None
 * lives as long as this with an old job, so whatever it left goes then.
 */
const lateFilesMs = 60 * 60 * 1000;

/** Writes down that the files of a video go, now and once more later. Announce its queue after the commit. */
export async function discardFiles(tx: Tx, jobs: Jobs, videoId: string): Promise<void> {
  const payload = { videoId };
  await jobs.enqueue(tx, deleteFilesQueue, [
    { payload, onceKey: videoId },
    { payload, onceKey: `${videoId}:late`, delayMs: lateFilesMs },
  ]);
}
