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
import { fetchResultOf } from "../protocol/fetched-file.js";
import { parseJson } from "../protocol/json.js";
import { answerAbout, baseOf, JsonClient } from "../protocol/json-client.js";
import { StatusMapper } from "../protocol/status-mapper.js";
import { formOf } from "../protocol/video-order.js";
import { deletedAnswer, endEvents, videoAnswer, webhookEvent } from "./openai/answers.js";

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
 * Translates between the saga and the protocol of OpenAI's Videos API, which many services speak
 * (https://developers.openai.com/api/reference/resources/videos), and decides nothing.
 */
class OpenaiVendor implements Vendor {
  readonly name: string;
  readonly parseWebhook?: (call: WebhookCall) => WebhookEvent;
  private readonly calls: JsonClient;
  private readonly states: StatusMapper;
  private readonly files: SafeDownloader;

  constructor({ name = adapter.name, timeoutMs, logger, ...access }: VendorOptions) {
    this.name = name;
    // The protocol's own clients are given the address with its version; ours comes with the path.
    const baseUrl = baseOf(access.baseUrl.replace(/\/v1\/*$/, ""));
    this.calls = new JsonClient(baseUrl, access.apiKey, timeoutMs, logger);
    this.states = new StatusMapper(name, this.calls.redactor, logger);
    const { authorization } = this.calls;
    this.files = new SafeDownloader({ trustedOrigin: baseUrl.origin, authorization, timeoutMs });
    const secrets = access.webhookSecrets ?? [];
    if (secrets.length > 0) this.parseWebhook = (call) => readWebhook(call, secrets);
  }

  async submit({ image, ...order }: SubmitRequest): Promise<SubmitResult> {
    const result = await this.calls.post("create", "v1/videos", formOf(order, image), videoAnswer);
    return this.states.readSubmission(result);
  }

  async check(vendorTaskId: string): Promise<CheckResult> {
    const answer = await this.calls.get("state", pathOf(vendorTaskId), videoAnswer);
    const result = answerAbout(vendorTaskId, answer);
    if (result.kind === "not-found") return { kind: "unknown-task", detail: result.detail };
    if (result.kind !== "ok") return result;
    return { kind: "state", state: this.states.read(result.value) };
  }

  async fetch(vendorTaskId: string): Promise<FetchResult> {
    const content = this.calls.urlOf(`${pathOf(vendorTaskId)}/content`);
    return fetchResultOf(await this.files.open(content.href), this.calls.redactor);
  }

  /** What the vendor does not give up any more, or does not have, can no longer be called off. */
  async cancel(vendorTaskId: string): Promise<CancelResult> {
    const result = await this.calls.delete("delete", pathOf(vendorTaskId), deletedAnswer);
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

function readWebhook(call: WebhookCall, secrets: readonly string[]): WebhookEvent {
  const verdict = verifyWebhook(call, secrets);
  if (verdict.kind !== "genuine") return verdict;
  const event = webhookEvent.safeParse(parseJson(decodeText(call.body, call.headers)));
  if (!event.success) return { kind: "unreadable", detail: "the webhook's body is no event" };
  const { type, data } = event.data;
  if (!data || !endEvents.has(type)) return { kind: "no-news" };
  return { kind: "task-ended", eventId: verdict.id, vendorTaskId: data.id };
}
