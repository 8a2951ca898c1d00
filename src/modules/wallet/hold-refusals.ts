import { sql } from "drizzle-orm";
import type { Queryable } from "../../platform/db/index.js";
import { HoldLimitReached, type HoldLimits } from "./transfers.js";
import { InsufficientCredits } from "./wallet.errors.js";

/** The reason why these holds do not fit into the wallet as it is now; null if they fit. */
export async function explainRefusal(
  db: Queryable,
  userId: string,
  wanted: { credits: number; holds: number },
  limits: HoldLimits,
): Promise<InsufficientCredits | HoldLimitReached | null> {
  const [wallet] = await db.execute<{ free: string; open: number; today: number }>(
    sql`select credits_free as free, holds_open as open,
      case when holds_day >= ${limits.day}::date then holds_today else 0 end as today
    from wallets where user_id = ${userId}`,
  );
  const free = Number(wallet?.free ?? 0);
  if (free < wanted.credits) return new InsufficientCredits(wanted.credits, free);
  if ((wallet?.open ?? 0) + wanted.holds > limits.openMax) return new HoldLimitReached("open");
  if ((wallet?.today ?? 0) + wanted.holds > limits.perDayMax) return new HoldLimitReached("today");
  return null;
}
