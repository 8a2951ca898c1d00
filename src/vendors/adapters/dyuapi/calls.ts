import { Blob } from "node:buffer";
import { FormData } from "undici";
import type { z } from "zod";
import type { HttpCall, HttpClient } from "../../../platform/http-client.js";
import type { Logger } from "../../../platform/logger.js";
import type { ReferenceImage, SubmitRequest } from "../../contract.js";
import type { VendorFailure } from "../../vendor-errors.js";
import { failureOf, parseJson } from "../../wire/failures.js";
import { Redactor } from "../../wire/redactor.js";
import {
  type CleanLinks,
  chatAnswer,
  type DetailAnswer,
  detailAnswer,
  linksAnswer,
  type TaskAnswer,
  taskAnswer,
} from "./answers.js";

/** `answer` is what came back, cut to `answerLengthMax` and without secrets. */
export type CallResult<T> =
  | { kind: "answered"; value: T; answer: string }
  | { kind: "not-found"; detail: string }
  | VendorFailure;

export type VideoOrder = Omit<SubmitRequest, "image">;

const answerLengthMax = 2000;

/** The eight calls of the DyuAPI protocol, one method each. None throws, none repeats itself. */
export class DyuapiCalls {
  private readonly redactor: Redactor;

  constructor(
    private readonly http: HttpClient,
    private readonly baseUrl: URL,
    private readonly apiKey: string,
    private readonly logger: Logger,
  ) {
    this.redactor = new Redactor([apiKey]);
  }

  createFromText(order: VideoOrder): Promise<CallResult<TaskAnswer>> {
    return this.post("create", "v1/videos", formOf(order), taskAnswer);
  }

  createFromImageFile(order: VideoOrder, image: ReferenceImage): Promise<CallResult<TaskAnswer>> {
    const form = formOf(order);
    form.set(
      "input_reference",
      new Blob([new Uint8Array(image.bytes)], { type: image.mimeType }),
      image.fileName,
    );
    return this.post("create", "v1/videos", form, taskAnswer);
  }

  createFromImageUrl(order: VideoOrder, imageUrl: string): Promise<CallResult<TaskAnswer>> {
    return this.post("create", "v1/videos", { image_url: imageUrl, ...fieldsOf(order) }, taskAnswer);
  }

  taskState(id: string): Promise<CallResult<TaskAnswer>> {
    return this.get("state", `v1/videos/${encodeURIComponent(id)}`, taskAnswer);
  }

  videoDetail(id: string): Promise<CallResult<DetailAnswer>> {
    return this.get("detail", `v1/videos/${encodeURIComponent(id)}/content`, detailAnswer);
  }

  cleanLinkOfPost(postUrl: string): Promise<CallResult<CleanLinks>> {
    return this.post("clean-link", chatPath, chatOf("sora_url", postUrl), linksAnswer);
  }

  /** The access token opens the draft's owner's account: it is kept out of every text like the key. */
  cleanLinkOfDraft(accessToken: string): Promise<CallResult<CleanLinks>> {
    const body = chatOf("sora-drafts-url", accessToken);
    return this.post("clean-link", chatPath, body, linksAnswer, this.redactor.with(accessToken));
  }

  /** One message to any other model, and its answer's text. */
  chat(model: string, message: string): Promise<CallResult<string>> {
    return this.post("chat", chatPath, chatOf(model, message), chatAnswer);
  }

  private get<S extends z.ZodType>(name: string, path: string, schema: S) {
    return this.call(name, { method: "GET", url: this.urlOf(path) }, schema, this.redactor);
  }

  private post<S extends z.ZodType>(
    name: string,
    path: string,
    body: FormData | object,
    schema: S,
    redactor = this.redactor,
  ) {
    const isForm = body instanceof FormData;
    const call: HttpCall = {
      method: "POST",
      url: this.urlOf(path),
      headers: isForm ? {} : { "content-type": "application/json" },
      body: isForm ? body : JSON.stringify(body),
    };
    return this.call(name, call, schema, redactor);
  }

  private async call<S extends z.ZodType>(
    name: string,
    call: HttpCall,
    schema: S,
    redactor: Redactor,
  ): Promise<CallResult<z.output<S>>> {
    const startedAt = performance.now();
    const headers = { ...call.headers, authorization: `Bearer ${this.apiKey}`, accept: "application/json" };
    const outcome = await this.http.call({ ...call, headers });
    const status = outcome.kind === "answered" ? outcome.status : outcome.kind;
    const durationMs = Math.round(performance.now() - startedAt);
    this.logger.debug({ call: name, status, durationMs }, "called the vendor");

    if (outcome.kind !== "answered" || outcome.status < 200 || outcome.status > 299) {
      const failure = failureOf(outcome, redactor);
      return status === 404 ? { kind: "not-found", detail: failure.detail } : failure;
    }
    const answer = redactor.clean(outcome.text, answerLengthMax);
    if (outcome.cutShort)
      return { kind: "outcome-unknown", detail: `the answer was cut short: ${outcome.cutShort}` };
    const parsed = schema.safeParse(parseJson(outcome.text));
    if (!parsed.success)
      return { kind: "outcome-unknown", detail: `an answer that cannot be read: ${answer.slice(0, 400)}` };
    return { kind: "answered", value: parsed.data, answer };
  }

  private urlOf(path: string): URL {
    return new URL(path, this.baseUrl);
  }
}

const chatPath = "v1/chat/completions";

const fieldsOf = ({ prompt, vendorModel, size, durationSec }: VideoOrder) => ({
  prompt,
  model: vendorModel,
  size,
  seconds: String(durationSec),
});

function formOf(order: VideoOrder): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fieldsOf(order))) form.set(name, value);
  return form;
}

const chatOf = (model: string, content: string) => ({
  model,
  stream: false,
  messages: [{ role: "user", content }],
});
