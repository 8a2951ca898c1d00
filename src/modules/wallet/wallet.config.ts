import { z } from "zod";
import { wholeNumber } from "../../platform/base/settings.js";

export const walletSettings = z.object({
  SIGNUP_CREDITS: wholeNumber(0, 1_000_000_000)
    .optional()
    .describe("Credits granted through the ledger to a new user. Default: 100, in production 0."),
});
