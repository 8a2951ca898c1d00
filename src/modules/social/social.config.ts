import { z } from "zod";
import { wholeNumber } from "../../platform/base/settings.js";

export const socialSettings = z.object({
  FOLLOWS_MAX: wholeNumber(1, 1_000_000)
    .default(5_000)
    .describe("How many users one user can follow, suspended ones included."),
});

export type SocialSettings = z.output<typeof socialSettings>;
