import { verifyWebhook, type WebhookCall } from "../../platform/crypto/standard-webhooks.js";
import { decodeText } from "../../platform/http/http-body.js";
import { SafeDownloader } from "../../platform/http/safe-download.js";
import type { VendorAdapter, VendorOptions } from "../adapter.js";
import type {
  CancelResult,
  CheckResult,
  FetchResult,
  SubmitRequest,
  SubmitResult,
  Vendor,
  WebhookEvent,
} from "../contract.js";
import { toFetchResult } from "../protocol/classify-failure.js";
import { parseJson } from "../protocol/json.js";
import { JsonClient, requireSameTask, toBaseUrl } from "../protocol/json-client.js";
import { StatusMapper } from "../protocol/status-mapper.js";
import { toVideoForm } from "../protocol/video-form.js";
import { deleteResponse, endEvents, videoResponse, webhookEvent } from "./openai/responses.js";

export const adapter: VendorAdapter = {
  name: "openai",
  access(settings) {
    const { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: apiKey, OPENAI_TIMEOUT_MS: timeoutMs } = settings;
    if (!baseUrl || !apiKey) return null;
    return { baseUrl, apiKey, timeoutMs, webhookSecrets: settings.OPENAI_WEBHOOK_SECRET ?? [] };
  },
  create: (options) => new OpenaiVendor(options),
};

/**
 * Translates between the vendor contract and the protocol of OpenAI's Videos API, which many services speak
 * (https://developers.openai.com/api/reference/resources/videos). It makes no decisions.
 */
class OpenaiVendor implements Vendor {
  readonly name: string;
  readonly parseWebhook?: (call: WebhookCall) => WebhookEvent;
  private readonly client: JsonClient;
  private readonly states: StatusMapper;
  private readonly files: SafeDownloader;

  constructor({ name = adapter.name, timeoutMs, logger, ...access }: VendorOptions) {
    this.name = name;
    // OpenAI's SDKs expect a base URL with /v1, so accept it. Our paths begin with v1.
    const baseUrl = toBaseUrl(access.baseUrl.replace(/\/v1\/*$/, ""));
    this.client = new JsonClient(baseUrl, access.apiKey, timeoutMs, logger);
    this.states = new StatusMapper(name, this.client.redactor, logger);
    const { authorization } = this.client;
    this.files = new SafeDownloader({ trustedOrigin: baseUrl.origin, authorization, timeoutMs });
    const secrets = access.webhookSecrets ?? [];
    if (secrets.length > 0) this.parseWebhook = (call) => parseWebhook(call, secrets);
  }

  async submit({ image, ...params }: SubmitRequest): Promise<SubmitResult> {
    const result = await this.client.post("create", "v1/videos", toVideoForm(params, image), videoResponse);
    return this.states.toSubmitResult(result);
  }

  async check(vendorTaskId: string): Promise<CheckResult> {
    const response = await this.client.get("state", pathOf(vendorTaskId), videoResponse);
    const result = requireSameTask(vendorTaskId, response);
    if (result.kind === "not-found") return { kind: "unknown-task", detail: result.detail };
    if (result.kind !== "ok") return result;
    return { kind: "state", state: this.states.toState(result.value) };
  }

  async fetch(vendorTaskId: string): Promise<FetchResult> {
    const content = this.client.urlOf(`${pathOf(vendorTaskId)}/content`);
    return toFetchResult(await this.files.open(content.href), this.client.redactor);
  }

  /** Too late if the vendor refuses the deletion or no longer has the task. */
  async cancel(vendorTaskId: string): Promise<CancelResult> {
    const result = await this.client.delete("delete", pathOf(vendorTaskId), deleteResponse);
    if (result.kind === "ok") return { kind: "canceled" };
    const isTooLate =
      result.kind === "not-found" ||
      result.kind === "rejected" ||
      (result.kind === "refused" && result.status === 409);
    return isTooLate ? { kind: "too-late" } : result;
  }
}

function pathOf(vendorTaskId: string): string {
  return `v1/videos/${encodeURIComponent(vendorTaskId)}`;
}

function parseWebhook(call: WebhookCall, secrets: readonly string[]): WebhookEvent {
  const verdict = verifyWebhook(call, secrets);
  if (verdict.kind !== "genuine") return verdict;
  const event = webhookEvent.safeParse(parseJson(decodeText(call.body, call.headers)));
  if (!event.success) return { kind: "unreadable", detail: "the webhook's body is not an event" };
  const { type, data } = event.data;
  if (!data || !endEvents.has(type)) return { kind: "ignored" };
  return { kind: "task-ended", eventId: verdict.id, vendorTaskId: data.id };
}
