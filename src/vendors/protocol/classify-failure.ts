import type { HttpOutcome } from "../../platform/http/http-client.js";
import type { DownloadResult } from "../../platform/http/safe-download.js";
import type { FetchResult, VendorFailure } from "../contract.js";
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

/** Decides in the same way about the download of a video's file. A missing file may appear later. */
export function toFetchResult(file: DownloadResult, redactor: Redactor): FetchResult {
  if (file.kind === "opened") return file;
  if (file.kind === "forbidden") return { kind: "missing", detail: file.detail };
  if (file.kind !== "http-status") return classifyFailure(file, redactor);
  const detail = `HTTP ${file.status} for the video's file`;
  if (file.status === 429 || file.status === 503)
    return { kind: "throttled", retryAfterMs: file.retryAfterMs, detail };
  return file.status >= 500 ? { kind: "outcome-unknown", detail } : { kind: "missing", detail };
}
