import { HttpClient } from "../../platform/http-client.js";
import type { Logger } from "../../platform/logger.js";
import { FileOpener, type OpenedFile } from "../../platform/public-file.js";
import type {
  CheckResult,
  FetchResult,
  SubmitRequest,
  SubmitResult,
  Vendor,
  VendorState,
} from "../contract.js";
import { describeComplaint, detailLengthMax, failureOf, reasonOf } from "../wire/failures.js";
import { Redactor } from "../wire/redactor.js";
import { readRetryAfterMs } from "../wire/retry-after.js";
import { readStatusWord } from "../wire/status-words.js";
import type { TaskAnswer } from "./dyuapi/answers.js";
import { DyuapiCalls } from "./dyuapi/calls.js";

export interface DyuapiOptions {
  /** Under which name attempts remember it; "dyuapi" if not given. */
  name?: string;
  /** May have a path, which comes before `/v1/...`. */
  baseUrl: string;
  apiKey: string;
  /** For one whole call, and for every wait while a file is read. */
  timeoutMs: number;
  logger: Logger;
}

/** A task's answer takes a few hundred bytes. */
const answerBytesMax = 1024 * 1024;

export function createDyuapiVendor(options: DyuapiOptions): DyuapiVendor {
  return new DyuapiVendor(options);
}

/** Translates between the saga and the DyuAPI protocol, and decides nothing. */
export class DyuapiVendor implements Vendor {
  readonly name: string;
  /** The protocol's own calls, for what the saga has no word for. */
  readonly calls: DyuapiCalls;
  private readonly baseUrl: URL;
  private readonly files: FileOpener;
  private readonly redactor: Redactor;

  constructor(private readonly options: DyuapiOptions) {
    const { apiKey, timeoutMs, logger } = options;
    this.name = options.name ?? "dyuapi";
    this.baseUrl = new URL(options.baseUrl.replace(/\/*$/, "/"));
    this.redactor = new Redactor([apiKey]);
    this.calls = new DyuapiCalls(new HttpClient({ timeoutMs, answerBytesMax }), this.baseUrl, apiKey, logger);
    this.files = new FileOpener({ trustedOrigin: this.baseUrl.origin, timeoutMs });
  }

  async submit({ image, ...order }: SubmitRequest): Promise<SubmitResult> {
    const result = await (image
      ? this.calls.createFromImageFile(order, image)
      : this.calls.createFromText(order));
    // There is nothing at that address: our settings are wrong, not the user's order.
    if (result.kind === "not-found") return { kind: "refused", status: 404, detail: result.detail };
    if (result.kind !== "answered") return result;
    const state = this.stateOf(result.value);
    return { kind: "accepted", vendorTaskId: result.value.id, state, answer: result.answer };
  }

  async check(vendorTaskId: string): Promise<CheckResult> {
    const result = await this.calls.taskState(vendorTaskId);
    if (result.kind === "not-found") return { kind: "unknown-task", detail: result.detail };
    if (result.kind !== "answered") return result;
    const state = this.stateOf(result.value);
    if (state.status === "SUCCESS" && !state.videoUrl)
      state.videoUrl = await this.linkFromDetail(vendorTaskId);
    return { kind: "state", state };
  }

  /** A link that is gone is asked for once more: the vendor's links expire, and each answer has a new one. */
  async fetch(vendorTaskId: string, videoUrl: string | null): Promise<FetchResult> {
    const first = videoUrl ? await this.openLink(videoUrl) : null;
    if (first && first.kind !== "missing") return first;
    const detail = await this.calls.videoDetail(vendorTaskId);
    if (detail.kind === "not-found") return first ?? { kind: "missing", detail: detail.detail };
    if (detail.kind !== "answered") return first ?? detail;
    const link = detail.value.videoUrl;
    if (link && link !== videoUrl) return this.openLink(link);
    return first ?? { kind: "missing", detail: "the vendor gives no link to the video" };
  }

  private stateOf(answer: TaskAnswer): VendorState {
    const { status, known } = readStatusWord(answer.statusWord);
    if (!known) {
      const word = this.redactor.clean(answer.statusWord, 100);
      this.options.logger.warn(
        { vendor: this.name, status: word },
        "an unknown status from the vendor counts as in progress",
      );
    }
    const complaint = answer.complaint ?? { message: "", words: [] };
    const detail = this.redactor.clean(describeComplaint(complaint), detailLengthMax);
    return {
      status,
      progress: answer.progress,
      videoUrl: status === "SUCCESS" ? answer.videoUrl : null,
      failure: status === "FAILURE" ? { reason: reasonOf(complaint), detail } : null,
    };
  }

  private async linkFromDetail(vendorTaskId: string): Promise<string | null> {
    const detail = await this.calls.videoDetail(vendorTaskId);
    return detail.kind === "answered" ? detail.value.videoUrl : null;
  }

  private async openLink(link: string): Promise<FetchResult> {
    const url = URL.parse(link, this.baseUrl.href);
    if (!url) return { kind: "missing", detail: "the vendor's link is no address" };
    return this.fetchResultOf(await this.files.open(url.href));
  }

  private fetchResultOf(file: OpenedFile): FetchResult {
    if (file.kind === "opened") return file;
    if (file.kind === "forbidden") return { kind: "missing", detail: file.detail };
    if (file.kind !== "http-status") return failureOf(file, this.redactor);
    const detail = `HTTP ${file.status} for the video's file`;
    if (file.status === 429 || file.status === 503)
      return { kind: "throttled", retryAfterMs: readRetryAfterMs(file.retryAfter, new Date()), detail };
    return file.status >= 500 ? { kind: "outcome-unknown", detail } : { kind: "missing", detail };
  }
}
