import { z } from "zod";
import { httpUrl, wholeNumber } from "../../platform/base/settings.js";

export const worksSettings = z.object({
  WORKS_PER_DAY: wholeNumber(1)
    .default(50)
    .describe("Works that a user may publish for the first time per UTC day."),
  INCOME_FREEZE_MS: wholeNumber(0)
    .default(604_800_000)
    .describe("Milliseconds that creators' income is frozen before it can be used."),
  TIP_CREDITS_PER_DAY: wholeNumber(0, 1_000_000_000)
    .default(1_000)
    .describe("Credits that a user may tip per UTC day."),
  TIP_MIN_ACCOUNT_AGE_MS: wholeNumber(0)
    .optional()
    .describe(
      "Milliseconds after which a new account may pay creators: tip, unlock prompts, remix for a fee. Default: 0, in production 86400000.",
    ),
  SHARE_URL_BASE: httpUrl
    .optional()
    .describe(
      "The text before a work's id in Work.shareUrl, for a front end of your own. Default: PUBLIC_URL followed by /works/.",
    ),
});

export type WorksSettings = z.output<typeof worksSettings>;
