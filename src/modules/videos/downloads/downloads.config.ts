import { z } from "zod";
import { wholeNumber } from "../../../platform/base/settings.js";
import { readTermsFile } from "./download-terms.js";

/** The shortest time that the record may be kept: six months, for those who must (see docs/ai-labels.md). */
const recordDaysMin = 183;

const termsFile = z.string().transform((path, { addIssue }) => {
  try {
    return readTermsFile(path);
  } catch (error) {
    addIssue({ code: "custom", message: (error as Error).message });
    return z.NEVER;
  }
});

export const downloadsSettings = z.object({
  DOWNLOAD_TERMS_FILE: termsFile
    .optional()
    .describe(
      "A JSON file with the terms that a user must accept before each download without watermark. deploy/download-terms.example.json is an example. Unset: no terms.",
    ),
  DOWNLOAD_LOG_DAYS: wholeNumber(recordDaysMin, 36_500)
    .default(400)
    .describe("Days that the record of downloads without watermark is kept, at least 183."),
});

export type DownloadsSettings = z.output<typeof downloadsSettings>;
