import { z } from "zod";
import type { Clock } from "../../../platform/base/clock.js";
import type { Db } from "../../../platform/db/index.js";
import { defineQueue, type JobHandler } from "../../../platform/jobs/jobs.js";
import { deleteOldDownloadRecords } from "./downloads.repository.js";

export const purgeDownloadRecordsQueue = defineQueue({
  name: "videos.purge-download-records",
  payload: z.object({}),
  retryLimit: 2,
  expireInSec: 900,
  concurrency: 1,
});

const dayMs = 24 * 60 * 60 * 1000;

/** Hourly: deletes the record of downloads that are older than `keepDays`. */
export function downloadsJobs(
  { db, clock }: { db: Db; clock: Clock },
  keepDays: number,
): JobHandler<object>[] {
  const purge = () => deleteOldDownloadRecords(db, new Date(clock.now().getTime() - keepDays * dayMs));
  return [{ queue: purgeDownloadRecordsQueue, run: purge, cron: "41 * * * *" }];
}
