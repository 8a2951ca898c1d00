import { SafeDownloader } from "../../platform/http/safe-download.js";
import type { VendorAdapter, VendorOptions } from "../adapter.js";
import type { CheckResult, FetchResult, SubmitRequest, SubmitResult, Vendor } from "../contract.js";
import { toFetchResult } from "../protocol/classify-failure.js";
import { JsonClient, requireSameTask, toBaseUrl } from "../protocol/json-client.js";
import type { Redactor } from "../protocol/redactor.js";
import { StatusMapper } from "../protocol/status-mapper.js";
import { DyuapiClient } from "./dyuapi/client.js";

export const adapter: VendorAdapter = {
  name: "dyuapi",
  access: ({ DYUAPI_BASE_URL: baseUrl, DYUAPI_API_KEY: apiKey, DYUAPI_TIMEOUT_MS: timeoutMs }) =>
    apiKey ? { baseUrl, apiKey, timeoutMs } : null,
  create: (options) => new DyuapiVendor(options),
};

/** Translates between the vendor contract and the DyuAPI protocol. It makes no decisions. */
export class DyuapiVendor implements Vendor {
  readonly name: string;
  /** Exposes the protocol's other calls, which the vendor contract does not have. */
  readonly client: DyuapiClient;
  private readonly baseUrl: URL;
  private readonly redactor: Redactor;
  private readonly states: StatusMapper;
  private readonly files: SafeDownloader;

  constructor({ name = adapter.name, baseUrl, apiKey, timeoutMs, logger }: VendorOptions) {
    this.name = name;
    this.baseUrl = toBaseUrl(baseUrl);
    const http = new JsonClient(this.baseUrl, apiKey, timeoutMs, logger);
    this.client = new DyuapiClient(http);
    this.redactor = http.redactor;
    this.states = new StatusMapper(name, this.redactor, logger);
    this.files = new SafeDownloader({ trustedOrigin: this.baseUrl.origin, timeoutMs });
  }

  async submit({ image, ...params }: SubmitRequest): Promise<SubmitResult> {
    const result = await (image
      ? this.client.createFromImageFile(params, image)
      : this.client.createFromText(params));
    return this.states.toSubmitResult(result);
  }

  async check(vendorTaskId: string): Promise<CheckResult> {
    const result = requireSameTask(vendorTaskId, await this.client.getTask(vendorTaskId));
    if (result.kind === "not-found") return { kind: "unknown-task", detail: result.detail };
    if (result.kind !== "ok") return result;
    const state = this.states.toState(result.value);
    if (state.status === "SUCCESS" && !state.videoUrl)
      state.videoUrl = await this.getLinkFromDetail(vendorTaskId);
    return { kind: "state", state };
  }

  /** Links expire. If the given one is gone, requests the detail, which has a new one, and tries once more. */
  async fetch(vendorTaskId: string, videoUrl: string | null): Promise<FetchResult> {
    const first = videoUrl ? await this.openLink(videoUrl) : null;
    if (first && first.kind !== "missing") return first;
    const detail = requireSameTask(vendorTaskId, await this.client.getVideoDetail(vendorTaskId));
    if (detail.kind === "not-found") return first ?? { kind: "missing", detail: detail.detail };
    if (detail.kind !== "ok") return first ?? detail;
    const link = detail.value.videoUrl;
    if (link && link !== videoUrl) return this.openLink(link);
    return first ?? { kind: "missing", detail: "the vendor sent no link to the video" };
  }

  private async getLinkFromDetail(vendorTaskId: string): Promise<string | null> {
    const detail = requireSameTask(vendorTaskId, await this.client.getVideoDetail(vendorTaskId));
    return detail.kind === "ok" ? detail.value.videoUrl : null;
  }

  private async openLink(link: string): Promise<FetchResult> {
    const url = URL.parse(link, this.baseUrl.href);
    if (!url) return { kind: "missing", detail: "the vendor's link is not a URL" };
    return toFetchResult(await this.files.open(url.href), this.redactor);
  }
}
