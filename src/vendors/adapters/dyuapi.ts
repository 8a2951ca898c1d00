import { SafeDownloader } from "../../platform/http/safe-download.js";
import type { VendorAdapter, VendorOptions } from "../adapter.js";
import type { CheckResult, FetchResult, SubmitRequest, SubmitResult, Vendor } from "../contract.js";
import { fetchResultOf } from "../protocol/fetched-file.js";
import { answerAbout, baseOf, JsonClient } from "../protocol/json-client.js";
import type { Redactor } from "../protocol/redactor.js";
import { StatusMapper } from "../protocol/status-mapper.js";
import { DyuapiCalls } from "./dyuapi/calls.js";

export const adapter: VendorAdapter = {
  name: "dyuapi",
  access: ({ DYUAPI_BASE_URL: baseUrl, DYUAPI_API_KEY: apiKey, DYUAPI_TIMEOUT_MS: timeoutMs }) =>
    apiKey ? { baseUrl, apiKey, timeoutMs } : null,
  create: (options) => new DyuapiVendor(options),
};

/** Translates between the saga and the DyuAPI protocol, and decides nothing. */
export class DyuapiVendor implements Vendor {
  readonly name: string;
  /** The protocol's own calls, for what the saga has no word for. */
  readonly calls: DyuapiCalls;
  private readonly baseUrl: URL;
  private readonly redactor: Redactor;
  private readonly states: StatusMapper;
  private readonly files: SafeDownloader;

  constructor({ name = adapter.name, baseUrl, apiKey, timeoutMs, logger }: VendorOptions) {
    this.name = name;
    this.baseUrl = baseOf(baseUrl);
    const calls = new JsonClient(this.baseUrl, apiKey, timeoutMs, logger);
    this.calls = new DyuapiCalls(calls);
    this.redactor = calls.redactor;
    this.states = new StatusMapper(name, this.redactor, logger);
    this.files = new SafeDownloader({ trustedOrigin: this.baseUrl.origin, timeoutMs });
  }

  async submit({ image, ...order }: SubmitRequest): Promise<SubmitResult> {
    const result = await (image
      ? this.calls.createFromImageFile(order, image)
      : this.calls.createFromText(order));
    return this.states.readSubmission(result);
  }

  async check(vendorTaskId: string): Promise<CheckResult> {
    const result = answerAbout(vendorTaskId, await this.calls.taskState(vendorTaskId));
    if (result.kind === "not-found") return { kind: "unknown-task", detail: result.detail };
    if (result.kind !== "ok") return result;
    const state = this.states.read(result.value);
    if (state.status === "SUCCESS" && !state.videoUrl)
      state.videoUrl = await this.linkFromDetail(vendorTaskId);
    return { kind: "state", state };
  }

  /** A link that is gone is asked for once more: the vendor's links expire, and each answer has a new one. */
  async fetch(vendorTaskId: string, videoUrl: string | null): Promise<FetchResult> {
    const first = videoUrl ? await this.openLink(videoUrl) : null;
    if (first && first.kind !== "missing") return first;
    const detail = answerAbout(vendorTaskId, await this.calls.videoDetail(vendorTaskId));
    if (detail.kind === "not-found") return first ?? { kind: "missing", detail: detail.detail };
    if (detail.kind !== "ok") return first ?? detail;
    const link = detail.value.videoUrl;
    if (link && link !== videoUrl) return this.openLink(link);
    return first ?? { kind: "missing", detail: "the vendor gives no link to the video" };
  }

  private async linkFromDetail(vendorTaskId: string): Promise<string | null> {
    const detail = answerAbout(vendorTaskId, await this.calls.videoDetail(vendorTaskId));
    return detail.kind === "ok" ? detail.value.videoUrl : null;
  }

  private async openLink(link: string): Promise<FetchResult> {
    const url = URL.parse(link, this.baseUrl.href);
    if (!url) return { kind: "missing", detail: "the vendor's link is no address" };
    return fetchResultOf(await this.files.open(url.href), this.redactor);
  }
}
