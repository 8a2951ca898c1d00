import type { Readable } from "node:stream";
import type { WebhookCall } from "../platform/crypto/standard-webhooks.js";
import type { VendorFailure } from "./vendor-errors.js";

/** What the saga knows of a vendor. Everything vendor-shaped stays behind this page. */
export interface Vendor {
  /** The adapter's name as the catalog and the attempt rows write it: "dyuapi". */
  readonly name: string;
  submit(request: SubmitRequest): Promise<SubmitResult>;
  check(vendorTaskId: string): Promise<CheckResult>;
  /** Opens the finished video. The caller consumes or destroys the stream and limits its size. */
  fetch(vendorTaskId: string, videoUrl: string | null): Promise<FetchResult>;
  /** Absent where the vendor's protocol cannot cancel. */
  cancel?(vendorTaskId: string): Promise<CancelResult>;
  /** Reads a call to our webhook. Absent where the vendor makes none, or none could be told from a forgery. */
  parseWebhook?(call: WebhookCall): WebhookEvent;
}

export interface SubmitRequest {
  prompt: string;
  /** The vendor's own model name, from the catalog. */
  vendorModel: string;
  /** Pixels, as "720x1280". */
  size: string;
  durationSec: number;
  /** Turns text-to-video into image-to-video. */
  image?: ReferenceImage;
}

export interface ReferenceImage {
  fileName: string;
  mimeType: string;
  bytes: Buffer;
}

/** Where a task stands at the vendor, in our words. */
export type VendorStatus = "NOT_START" | "QUEUED" | "IN_PROGRESS" | "SUCCESS" | "FAILURE";

export interface VendorState {
  status: VendorStatus;
  /** 0 to 100, or null where the vendor says nothing usable. May fall; the saga never lets it. */
  progress: number | null;
  /** Where the clean file is, once SUCCESS, if the vendor says so. Expires at the vendor. */
  videoUrl: string | null;
  /** Why, when FAILURE. `detail` is for operators only. */
  failure: { reason: "rejected" | "content-policy"; detail: string } | null;
}

/** `answer` is what came back, cut to a sane length and without secrets, for the attempt's row. */
export type SubmitResult =
  | { kind: "accepted"; vendorTaskId: string; state: VendorState; answer: string }
  | VendorFailure;

export type CheckResult =
  | { kind: "state"; state: VendorState }
  /** The vendor does not know this task (404). */
  | { kind: "unknown-task"; detail: string }
  | VendorFailure;

export type FetchResult =
  /** `byteLength` is null where the vendor does not announce it. */
  | { kind: "opened"; body: Readable; byteLength: number | null }
  /** Not there (404, 410, no link): asking again soon may help, asking for ever does not. */
  | { kind: "missing"; detail: string }
  | VendorFailure;

export type CancelResult = { kind: "canceled" } | { kind: "too-late" } | VendorFailure;

export type WebhookEvent =
  /** A reason to look at the task at once, and no more than that: its state is what `check` says. */
  | { kind: "task-ended"; eventId: string; vendorTaskId: string }
  /** Genuine, and about nothing that we wait for. */
  | { kind: "no-news" }
  | { kind: "unreadable"; detail: string }
  | { kind: "not-genuine"; detail: string };
