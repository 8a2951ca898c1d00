import { z } from "zod";
import { defineQueue, type JobHandler } from "../../platform/jobs/jobs.js";
import type { AccountsService } from "./accounts.service.js";

const deleteOldAccountData = defineQueue({
  name: "accounts.forget-old",
  payload: z.object({}),
  retryLimit: 2,
  expireInSec: 300,
  concurrency: 1,
});

export const accountsQueues = [deleteOldAccountData];

/** Hourly: deletes login codes after one day and sessions 30 days after they end. */
export function accountsJobs(accounts: AccountsService): JobHandler<object>[] {
  return [{ queue: deleteOldAccountData, run: () => accounts.deleteOldData(), cron: "23 * * * *" }];
}
