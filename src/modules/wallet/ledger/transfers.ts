/** The result of a verb. */
export interface PostResult {
  /** The transfer with the key, of this call or an earlier one. */
  transferId: string;
  type: TransferType;
  applied: boolean;
}

/** Every type of transfer, by its asset. */
export const transferTypes = {
  CREDIT: [
    "GRANT",
    "RECHARGE",
    "GEN_HOLD",
    "GEN_SETTLE",
    "GEN_REFUND",
    "DOWNLOAD_SPEND",
    "DOWNLOAD_REFUND",
    "TIP_SPEND",
    "TIP_REFUND",
    "PROMPT_UNLOCK_SPEND",
    "PROMPT_UNLOCK_REFUND",
    "REMIX_HOLD",
    "REMIX_SETTLE",
    "REMIX_REFUND",
  ],
  COIN: [
    "TIP_INCOME",
    "PROMPT_UNLOCK_INCOME",
    "REMIX_INCOME",
    "CREATOR_FEE",
    "INCOME_RELEASE",
    "INCOME_REVERSAL",
    "CREATOR_FEE_REVERSAL",
    "INCOME_LOSS",
  ],
} as const;

export type TransferType = (typeof transferTypes)["CREDIT" | "COIN"][number];

export interface Subject {
  type: "task" | "video" | "work" | "income";
  id: string;
}

/** The keys of transfers. The key of a download's spend is made by DownloadService. */
export const holdKey = (taskId: string) => `hold:${taskId}`;
/** Settle and refund share it, so that a hold ends in one way only. */
export const holdEndKey = (taskId: string) => `end:${taskId}`;
export const feeHoldKey = (taskId: string) => `remix-hold:${taskId}`;
export const feeEndKey = (taskId: string) => `remix-end:${taskId}`;
export const reverseKey = (spendKey: string) => `reverse:${spendKey}`;
/** Release and reversal share it, so that an income ends in one way only. */
export const incomeEndKey = (incomeId: string) => `income-end:${incomeId}`;

/** The largest value of GraphQL's Int: the bound of a wallet's credits, free and held together. */
export const creditsMax = 2 ** 31 - 1;
