import { z } from "zod";
import { wholeNumber } from "../../platform/base/settings.js";

export const reportsSettings = z.object({
  REPORTS_PER_DAY: wholeNumber(1)
    .default(20)
    .describe("Works and users that a user may report per UTC day. Replacing an open report does not count."),
});

export type ReportsSettings = z.output<typeof reportsSettings>;
