import type { DownloadResult } from "../../platform/http/safe-download.js";
import type { FetchResult } from "../contract.js";
import { classifyFailure } from "./classify-failure.js";
import type { Redactor } from "./redactor.js";

export function toFetchResult(file: DownloadResult, redactor: Redactor): FetchResult {
  if (file.kind === "opened") return file;
  if (file.kind === "forbidden") return { kind: "missing", detail: file.detail };
  if (file.kind !== "http-status") return classifyFailure(file, redactor);
  const detail = `HTTP ${file.status} for the video's file`;
  if (file.status === 429 || file.status === 503)
    return { kind: "throttled", retryAfterMs: file.retryAfterMs, detail };
  return file.status >= 500 ? { kind: "outcome-unknown", detail } : { kind: "missing", detail };
}
