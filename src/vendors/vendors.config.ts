import { z } from "zod";
import { httpUrl, wholeNumber } from "../platform/settings.js";

export const vendorsSettings = z.object({
  VENDOR: z
    .enum(["dyuapi", "sandbox"])
    .optional()
    .describe("Which vendor makes the videos. Default: dyuapi if DYUAPI_API_KEY is set, else sandbox."),
  DYUAPI_BASE_URL: httpUrl.default("https://api.dyuapi.com").describe("Where the DyuAPI vendor is."),
  DYUAPI_API_KEY: z.string().trim().min(1).optional().describe("The key for the DyuAPI vendor."),
  DYUAPI_TIMEOUT_MS: wholeNumber(100, 110_000)
    .default(60_000)
    .describe("How long one call to the DyuAPI vendor may take, from connecting to the end of its answer."),
  VENDOR_POLL_INTERVAL_MS: wholeNumber(10)
    .optional()
    .describe(
      "Shortest time between two looks at one task; it backs off from there. Default: 5000 (500 with the sandbox).",
    ),
  SANDBOX_DURATION_MS: wholeNumber(0, 3_600_000)
    .default(4_000)
    .describe("How long the sandbox vendor takes for a video."),
});
