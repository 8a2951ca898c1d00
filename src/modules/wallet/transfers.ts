/** The result of a verb. */
export interface PostResult {
  /** The transfer with the key, of this call or an earlier one. */
  transferId: string;
  type: TransferType;
  applied: boolean;
}

export type TransferType =
  | "GRANT"
  | "RECHARGE"
  | "GEN_HOLD"
  | "GEN_SETTLE"
  | "GEN_REFUND"
  | "DOWNLOAD_SPEND"
  | "DOWNLOAD_REFUND";

export interface Subject {
  type: "task" | "video";
  id: string;
}

export interface Hold {
  userId: string;
  taskId: string;
  /** Whole credits, more than zero. */
  credits: number;
}

/** A hold, with the sum of the user's holds up to it and its position among them. */
export interface HoldWithTotal extends Hold {
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

/** The keys of the transfers of a task and a download. */
export const holdKey = (taskId: string) => `hold:${taskId}`;
/** Settle and refund share it, so that a hold ends in one way only. */
export const holdEndKey = (taskId: string) => `end:${taskId}`;
export const reverseKey = (spendKey: string) => `reverse:${spendKey}`;

/** The most open holds of one user, and the most new holds in one day. */
export interface HoldLimits {
  openMax: number;
  perDayMax: number;
  /** The day that counts (UTC), as 2026-01-31. */
  day: string;
}

/** The largest value of GraphQL's Int: the bound of a wallet's credits, free and held together. */
export const creditsMax = 2 ** 31 - 1;

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
