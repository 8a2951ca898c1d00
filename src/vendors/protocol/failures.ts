import type { HttpOutcome } from "../../platform/http/http-client.js";
import type { VendorFailure } from "../vendor-errors.js";
import { isContentRefusal } from "./content-refusals.js";
import { parseJson } from "./json.js";
import type { Redactor } from "./redactor.js";
import { describeErrorBody, errorBodyIn, type VendorErrorBody } from "./vendor-error-body.js";

export const detailLengthMax = 500;

export function reasonOf(errorBody: VendorErrorBody): "rejected" | "content-policy" {
  return isContentRefusal(errorBody) ? "content-policy" : "rejected";
}

/** Money rules: runtime contract. What is not listed there counts as what risks no double payment. */
export function failureOf(outcome: HttpOutcome, redactor: Redactor): VendorFailure {
  if (outcome.kind === "not-sent") return { kind: "throttled", retryAfterMs: null, detail: outcome.detail };
  if (outcome.kind === "unknown") return { kind: "outcome-unknown", detail: outcome.detail };
  const { status, text, retryAfterMs } = outcome;
  const errorBody = errorBodyInText(text);
  const said = errorBody ? describeErrorBody(errorBody) : text || "no body";
  const detail = redactor.clean(`HTTP ${status}: ${said}`, detailLengthMax);
  const reason = errorBody ? reasonOf(errorBody) : "rejected";
  // A refusal of content is one whatever its status.
  if (reason === "content-policy") return { kind: "rejected", reason, status, detail };
  if (status === 429 || status === 503) return { kind: "throttled", retryAfterMs, detail };
  if ([400, 413, 415, 422].includes(status)) return { kind: "rejected", reason, status, detail };
  if (status >= 400 && status < 500 && status !== 408) return { kind: "refused", status, detail };
  return { kind: "outcome-unknown", detail };
}

/** JSON, or a bare sentence. The pages of proxies say nothing about an order. */
function errorBodyInText(text: string): VendorErrorBody | null {
  const answer = parseJson(text);
  if (answer === undefined && text.trimStart().startsWith("<")) return null;
  return errorBodyIn(answer ?? text);
}
