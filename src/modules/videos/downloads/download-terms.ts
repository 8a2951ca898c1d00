import { readFileSync } from "node:fs";
import { z } from "zod";
import { httpUrl } from "../../../platform/base/settings.js";

const textLengthMax = 100_000;
const text = z.string().trim().min(1, "must not be empty").max(textLengthMax);

const terms = z.strictObject({
  /** Clients send it back, and the record and its command show it, so it is one short line. */
  version: z
    .string()
    .regex(/^[^\s\p{C}](?:[^\p{C}\t\n\r]{0,62}[^\s\p{C}])?$/u, "must be 1 to 64 characters on one line"),
  text: z.strictObject({ en: text, zh: text }),
  url: httpUrl.nullable().default(null),
});

/** The agreement that a user accepts before a download without watermark. */
export type DownloadTermsText = z.output<typeof terms>;

/** Throws an Error for operators if the file cannot be read or has another shape. */
export function readTermsFile(path: string): DownloadTermsText {
  const parsed = terms.safeParse(parseJson(path));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path: at, message }) => `${at.join(".") || "it"}: ${message}`);
  throw new Error(`${path} has not the form of terms: ${problems.join("; ")}`);
}

function parseJson(path: string): unknown {
  let json: string;
  try {
    json = readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`the file cannot be read: ${(error as Error).message}`);
  }
  try {
    return JSON.parse(json.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new Error(`${path} is no JSON: ${(error as Error).message}`);
  }
}
