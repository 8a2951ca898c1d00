import { z } from "zod";
import { type AnyJobHandler, defineQueue } from "../../platform/jobs/jobs.js";
import type { IncomesService } from "./incomes.service.js";

const releaseIncomesQueue = defineQueue({
  name: "wallet.release-incomes",
  payload: z.object({}),
  retryLimit: 2,
  expireInSec: 900,
  concurrency: 1,
});

export const walletQueues = [releaseIncomesQueue];

/** Every minute: releases the incomes whose freeze has ended. */
export function walletJobs(incomes: IncomesService): AnyJobHandler[] {
  const run = async () => void (await incomes.releaseDue());
  return [{ queue: releaseIncomesQueue, run, cron: "* * * * *" }];
}
