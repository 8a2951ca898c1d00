import type { HttpOutcome } from "../../platform/http/http-client.js";
import type { VendorFailure } from "../vendor-errors.js";
import { isContentRefusal } from "./content-refusals.js";
import { parseJson } from "./json.js";
import type { Redactor } from "./redactor.js";
import { complaintIn, describeComplaint, type VendorComplaint } from "./vendor-error-body.js";

export const detailLengthMax = 500;

export function reasonOf(complaint: VendorComplaint): "rejected" | "content-policy" {
  return isContentRefusal(complaint) ? "content-policy" : "rejected";
}

/** Money rules: runtime contract. What is not listed there counts as what risks no double payment. */
export function failureOf(outcome: HttpOutcome, redactor: Redactor): VendorFailure {
  if (outcome.kind === "not-sent") return { kind: "throttled", retryAfterMs: null, detail: outcome.detail };
  if (outcome.kind === "unknown") return { kind: "outcome-unknown", detail: outcome.detail };
  const { status, text, retryAfterMs } = outcome;
  const complaint = complaintInText(text);
  const said = complaint ? describeComplaint(complaint) : text || "no body";
  const detail = redactor.clean(`HTTP ${status}: ${said}`, detailLengthMax);
  const reason = complaint ? reasonOf(complaint) : "rejected";
  // A refusal of content is one whatever its status.
  if (reason === "content-policy") return { kind: "rejected", reason, status, detail };
  if (status === 429 || status === 503) return { kind: "throttled", retryAfterMs, detail };
  if ([400, 413, 415, 422].includes(status)) return { kind: "rejected", reason, status, detail };
  if (status >= 400 && status < 500 && status !== 408) return { kind: "refused", status, detail };
  return { kind: "outcome-unknown", detail };
}

/** JSON, or a bare sentence. The pages of proxies say nothing about an order. */
function complaintInText(text: string): VendorComplaint | null {
  const answer = parseJson(text);
  if (answer === undefined && text.trimStart().startsWith("<")) return null;
  return complaintIn(answer ?? text);
}
