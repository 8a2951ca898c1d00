import type { Readable } from "node:stream";
import type { WebhookCall } from "../platform/crypto/standard-webhooks.js";

/** The interface between tasks and vendors. Everything vendor-specific stays behind it. */
export interface Vendor {
  /** The adapter's name in attempt rows: "dyuapi". The catalog may call it otherwise (VendorDirectory). */
  readonly name: string;
  submit(request: SubmitRequest): Promise<SubmitResult>;
  check(vendorTaskId: string): Promise<CheckResult>;
  /** Opens the finished video. The caller must consume or destroy the stream, and must limit its size. */
  fetch(vendorTaskId: string, videoUrl: string | null): Promise<FetchResult>;
  /** Absent if the vendor's protocol cannot cancel. */
  cancel?(vendorTaskId: string): Promise<CancelResult>;
  /** Absent if the vendor sends no webhooks, or if no secret is configured to verify them. */
  parseWebhook?(call: WebhookCall): WebhookEvent;
}

export interface SubmitRequest {
  prompt: string;
  /** The vendor's own model name, from the catalog. */
  vendorModel: string;
  /** Pixels, as "720x1280". */
  size: string;
  durationSec: number;
  /** Present for image-to-video. */
  image?: ReferenceImage;
}

export interface ReferenceImage {
  fileName: string;
  mimeType: string;
  bytes: Buffer;
}

export type VendorStatus = "NOT_START" | "QUEUED" | "IN_PROGRESS" | "SUCCESS" | "FAILURE";

export interface VendorState {
  status: VendorStatus;
  /** 0 to 100, or null if unknown. May decrease at the vendor; tasks never show a decrease. */
  progress: number | null;
  /** The file's URL after SUCCESS, if the vendor sends one. It expires. */
  videoUrl: string | null;
  /** Present after FAILURE. `detail` is for operators only. */
  failure: { reason: "rejected" | "content-policy"; detail: string } | null;
}

/**
 * How a call to a vendor can fail, by its consequence for credits and retries. `detail` is for operators and
 * logs. It never contains a key and never reaches a client.
 */
export type VendorFailure =
  /** The vendor rejected the request: 400, 413, 415 or 422, or a content refusal with any status. */
  | { kind: "rejected"; reason: "rejected" | "content-policy"; status: number; detail: string }
  /** The vendor rejected our account (401, 402, 403), which the user cannot change. */
  | { kind: "refused"; status: number; detail: string }
  /** The vendor certainly did nothing (refused connection, unknown host, 429, 503). A retry is safe. */
  | { kind: "throttled"; retryAfterMs: number | null; detail: string }
  /**
   * The vendor may have acted (timeout, connection lost after sending, 500, 502, 504, invalid JSON, no id,
   * endless body). A submission must not be sent again; a check may be.
   */
  | { kind: "outcome-unknown"; detail: string };

/** `answer` is the response body for the attempt row, truncated and without secrets. */
export type SubmitResult =
  | { kind: "accepted"; vendorTaskId: string; state: VendorState; answer: string }
  | VendorFailure;

export type CheckResult =
  | { kind: "state"; state: VendorState }
  /** The vendor has no such task (404). */
  | { kind: "unknown-task"; detail: string }
  | VendorFailure;

export type FetchResult =
  /** `byteLength` is null if the vendor does not send it. */
  | { kind: "opened"; body: Readable; byteLength: number | null }
  /** Not available (404, 410, no link). It may become available soon. */
  | { kind: "missing"; detail: string }
  | VendorFailure;

export type CancelResult = { kind: "canceled" } | { kind: "too-late" } | VendorFailure;

export type WebhookEvent =
  /** Triggers an immediate `check`, which returns the actual state. */
  | { kind: "task-ended"; eventId: string; vendorTaskId: string }
  /** Verified, but not about the end of a task. */
  | { kind: "ignored" }
  | { kind: "unreadable"; detail: string }
  | { kind: "not-genuine"; detail: string };

const failureKinds = new Set(["rejected", "refused", "throttled", "outcome-unknown"]);

export function isVendorFailure(result: { kind: string }): result is VendorFailure {
  return failureKinds.has(result.kind);
}
