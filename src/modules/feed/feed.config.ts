import { z } from "zod";
import { wholeNumber } from "../../platform/base/settings.js";

export const feedSettings = z.object({
  FEED_REFRESH_MS: wholeNumber(0, 60_000)
    .default(2_000)
    .describe(
      "Milliseconds that the order of a feed's first page may be old. Rankings may be 30 times as old, but at most a minute.",
    ),
  FEED_KEEP_MS: wholeNumber(1_000)
    .default(7_200_000)
    .describe("Milliseconds that clients can go on paging in the order of their first page."),
});

export type FeedSettings = z.output<typeof feedSettings>;
