import { utcDayOf } from "../../platform/base/utc-day.js";
import type { Queryable } from "../../platform/db/index.js";
import { HoldLimitReached, type InsufficientCredits } from "../wallet/index.js";
import type { TaskContext } from "./tasks.context.js";
import { QuotaExceeded } from "./tasks.errors.js";
import { oldestUnfinishedAt } from "./tasks.repository.js";

/**
 * An unfinished task is an open hold, so the wallet's limits on holds are the quotas of tasks. Within a transaction, `db`
 * is that transaction: calls that each held one connection and waited for another would stop the whole pool.
 */
export async function quotaExceeded(
  context: TaskContext,
  db: Queryable,
  userId: string,
  refusal: InsufficientCredits | HoldLimitReached,
): Promise<InsufficientCredits | QuotaExceeded> {
  if (!(refusal instanceof HoldLimitReached)) return refusal;
  const { maxConcurrentTasks, maxTasksPerDay, taskTimeoutMs } = context.limits;
  const now = context.clock.now();
  if (refusal.limit === "today") return new QuotaExceeded("daily", maxTasksPerDay, utcDayOf(now).end);
  const oldest = (await oldestUnfinishedAt(db, userId)) ?? now;
  return new QuotaExceeded("unfinished", maxConcurrentTasks, new Date(oldest.getTime() + taskTimeoutMs));
}
