import { z } from "zod";
import type { Db } from "../../platform/db/index.js";
import { type AnyJobHandler, defineQueue } from "../../platform/jobs/jobs.js";
import { deleteOldSnapshots } from "./snapshots.repository.js";

const deleteSnapshotsQueue = defineQueue({
  name: "feed.delete-snapshots",
  payload: z.object({}),
  retryLimit: 2,
  expireInSec: 300,
  concurrency: 1,
});

export const feedQueues = [deleteSnapshotsQueue];

/** Every five minutes: deletes snapshots that no page may use any more. */
export function feedJobs(db: Db, keepMs: number): AnyJobHandler[] {
  return [{ queue: deleteSnapshotsQueue, run: () => deleteOldSnapshots(db, keepMs), cron: "*/5 * * * *" }];
}
