import { z } from "zod";
import type { HttpOutcome } from "../../platform/http-client.js";
import type { VendorFailure } from "../vendor-errors.js";
import type { Redactor } from "./redactor.js";
import { readRetryAfterMs } from "./retry-after.js";

export const detailLengthMax = 500;

/** What a vendor says went wrong. `words` are its code and type, where it gives them. */
export interface VendorComplaint {
  message: string;
  words: string[];
}

const word = z.union([z.string(), z.number()]).transform(String).nullish().catch(null);
const errorObject = z
  .object({ message: word, type: word, code: word })
  .transform(({ message, type, code }) => ({
    message: message ?? "",
    words: [type, code].filter((text) => typeof text === "string"),
  }));
/** A bare string is a message, unless it is one word: then it is a code. */
const errorString = z
  .string()
  .min(1)
  .transform((text) => ({ message: text, words: /^[\w.-]+$/.test(text) ? [text] : [] }));

/** An error as vendors write it: an object with message, type and code, or a string. */
export const complaintSchema = z.union([errorString, errorObject]);

const errorAnswer = z.union([
  z.object({ error: complaintSchema }),
  z.object({ data: z.object({ error: complaintSchema }) }).transform(({ data }) => data),
]);

export function reasonOf({ words }: VendorComplaint): "rejected" | "content-policy" {
  return words.some((text) => /policy|moderation|safety|sensitive|nsfw/i.test(text))
    ? "content-policy"
    : "rejected";
}

export function describeComplaint({ message, words }: VendorComplaint): string {
  return [message, ...words].filter(Boolean).join(" | ") || "no reason given";
}

/** Money rules: runtime contract. What is not listed there counts as what risks no double payment. */
export function failureOf(outcome: HttpOutcome, redactor: Redactor): VendorFailure {
  if (outcome.kind === "not-sent") return { kind: "throttled", retryAfterMs: null, detail: outcome.detail };
  if (outcome.kind === "unknown") return { kind: "outcome-unknown", detail: outcome.detail };
  const { status, text, retryAfter } = outcome;
  const complaint = complaintIn(text);
  const detail = redactor.clean(
    `HTTP ${status}: ${complaint ? describeComplaint(complaint) : text || "no body"}`,
    detailLengthMax,
  );
  if (status === 429 || status === 503)
    return { kind: "throttled", retryAfterMs: readRetryAfterMs(retryAfter, new Date()), detail };
  if ([400, 413, 415, 422].includes(status))
    return { kind: "rejected", reason: complaint ? reasonOf(complaint) : "rejected", status, detail };
  if (status >= 400 && status < 500 && status !== 408) return { kind: "refused", status, detail };
  return { kind: "outcome-unknown", detail };
}

function complaintIn(text: string): VendorComplaint | null {
  const parsed = errorAnswer.safeParse(parseJson(text));
  return parsed.success ? parsed.data.error : null;
}

/** Undefined where the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
