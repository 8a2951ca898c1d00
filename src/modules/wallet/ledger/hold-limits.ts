import { sql } from "drizzle-orm";
import type { Queryable } from "../../../platform/db/index.js";
import { InsufficientCredits } from "../wallet.errors.js";

/** A reservation of credits for a task. */
export interface Hold {
  userId: string;
  taskId: string;
  /** Whole credits, more than zero. */
  credits: number;
}

/** A hold, with the sum of the user's holds up to it and its position among them. */
interface HoldWithTotal extends Hold {
  runningTotal: number;
  position: number;
}

export function withRunningTotals(holds: readonly Hold[]): HoldWithTotal[] {
  const lasts = new Map<string, HoldWithTotal>();
  return holds.map((hold) => {
    const last = lasts.get(hold.userId);
    const line = {
      ...hold,
      runningTotal: (last?.runningTotal ?? 0) + hold.credits,
      position: (last?.position ?? 0) + 1,
    };
    lasts.set(hold.userId, line);
    return line;
  });
}

/** The most open holds of one user, and the most new holds in one day. */
export interface HoldLimits {
  openMax: number;
  perDayMax: number;
  /** The day that counts (UTC), as 2026-01-31. */
  day: string;
}

const countMax = 2 ** 31 - 1;
export const noLimits = (): HoldLimits => ({
  openMax: countMax,
  perDayMax: countMax,
  day: new Date().toISOString().slice(0, 10),
});

/** The most open holds, or holds of a day, are reached. The caller turns it into a message for the user. */
export class HoldLimitReached extends Error {
  constructor(readonly limit: "open" | "today") {
    super(`no more holds: ${limit}`);
    this.name = new.target.name;
  }
}

/** The reason why these holds do not fit into the wallet as it is now, limits before credits; null if they fit. */
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
  if ((wallet?.open ?? 0) + wanted.holds > limits.openMax) return new HoldLimitReached("open");
  if ((wallet?.today ?? 0) + wanted.holds > limits.perDayMax) return new HoldLimitReached("today");
  const free = Number(wallet?.free ?? 0);
  return free < wanted.credits ? new InsufficientCredits(wanted.credits, free) : null;
}
