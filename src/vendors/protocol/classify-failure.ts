import type { HttpOutcome } from "../../platform/http/http-client.js";
import type { VendorFailure } from "../vendor-errors.js";
import { isContentRefusal } from "./content-refusals.js";
import { parseJson } from "./json.js";
import type { Redactor } from "./redactor.js";
import { describeErrorBody, findErrorBody, type VendorErrorBody } from "./vendor-error-body.js";

export const detailLengthMax = 500;

export function rejectionReason(errorBody: VendorErrorBody): "rejected" | "content-policy" {
  return isContentRefusal(errorBody) ? "content-policy" : "rejected";
}

/** Decides by the money rules. Unlisted statuses get the result that cannot cause a double payment. */
export function classifyFailure(outcome: HttpOutcome, redactor: Redactor): VendorFailure {
  if (outcome.kind === "not-sent") return { kind: "throttled", retryAfterMs: null, detail: outcome.detail };
  if (outcome.kind === "unknown") return { kind: "outcome-unknown", detail: outcome.detail };
  const { status, text, retryAfterMs } = outcome;
  const errorBody = errorBodyInText(text);
  const message = errorBody ? describeErrorBody(errorBody) : text || "no body";
  const detail = redactor.clean(`HTTP ${status}: ${message}`, detailLengthMax);
  const reason = errorBody ? rejectionReason(errorBody) : "rejected";
  // A content refusal may have any status.
  if (reason === "content-policy") return { kind: "rejected", reason, status, detail };
  if (status === 429 || status === 503) return { kind: "throttled", retryAfterMs, detail };
  if ([400, 413, 415, 422].includes(status)) return { kind: "rejected", reason, status, detail };
  if (status >= 400 && status < 500 && status !== 408) return { kind: "refused", status, detail };
  return { kind: "outcome-unknown", detail };
}

/** Accepts JSON or plain text. HTML comes from a proxy and says nothing about the request. */
function errorBodyInText(text: string): VendorErrorBody | null {
  const json = parseJson(text);
  if (json === undefined && text.trimStart().startsWith("<")) return null;
  return findErrorBody(json ?? text);
}
