import type { Logger } from "pino";
import { FormData } from "undici";
import type { z } from "zod";
import { type HttpCall, HttpClient } from "../../platform/http/http-client.js";
import type { VendorFailure } from "../contract.js";
import { classifyFailure } from "./classify-failure.js";
import { isContentRefusal } from "./content-refusals.js";
import { parseJson } from "./json.js";
import { Redactor } from "./redactor.js";
import { findErrorBody } from "./vendor-error-body.js";

/** `answer` is the response body, truncated to `answerLengthMax` and without secrets. */
export type CallResult<T> =
  | { kind: "ok"; value: T; answer: string }
  | { kind: "not-found"; detail: string }
  | VendorFailure;

const answerLengthMax = 2000;
/** Usual responses have a few hundred bytes. */
const responseBytesMax = 1024 * 1024;

/** Calls a vendor that takes a bearer key and responds with JSON. Never throws and never retries. */
export class JsonClient {
  /** Removes the key from texts. */
  readonly redactor: Redactor;
  private readonly http: HttpClient;

  constructor(
    private readonly baseUrl: URL,
    private readonly apiKey: string,
    timeoutMs: number,
    private readonly logger: Logger,
  ) {
    this.http = new HttpClient({ timeoutMs, responseBytesMax });
    this.redactor = new Redactor([apiKey]);
  }

  get<S extends z.ZodType>(name: string, path: string, schema: S) {
    return this.call(name, { method: "GET", url: this.urlOf(path) }, schema, this.redactor);
  }

  delete<S extends z.ZodType>(name: string, path: string, schema: S) {
    return this.call(name, { method: "DELETE", url: this.urlOf(path) }, schema, this.redactor);
  }

  post<S extends z.ZodType>(
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

  urlOf(path: string): URL {
    return new URL(path, this.baseUrl);
  }

  /** For files that require the key. */
  get authorization(): string {
    return `Bearer ${this.apiKey}`;
  }

  private async call<S extends z.ZodType>(
    name: string,
    call: HttpCall,
    schema: S,
    redactor: Redactor,
  ): Promise<CallResult<z.output<S>>> {
    const startedAt = performance.now();
    const headers = { ...call.headers, authorization: this.authorization, accept: "application/json" };
    const outcome = await this.http.call({ ...call, headers });
    const status = outcome.kind === "response" ? outcome.status : outcome.kind;
    const durationMs = Math.round(performance.now() - startedAt);
    this.logger.debug({ call: name, status, durationMs }, "called the vendor");

    if (outcome.kind !== "response" || outcome.status < 200 || outcome.status > 299) {
      const failure = classifyFailure(outcome, redactor);
      const isRefusal = failure.kind === "rejected";
      return status === 404 && !isRefusal ? { kind: "not-found", detail: failure.detail } : failure;
    }
    const answer = redactor.clean(outcome.text, answerLengthMax);
    if (outcome.truncated)
      return { kind: "outcome-unknown", detail: `the response is incomplete: ${outcome.truncated}` };
    const json = parseJson(outcome.text);
    const parsed = schema.safeParse(json);
    if (parsed.success) return { kind: "ok", value: parsed.data, answer };
    const errorBody = findErrorBody(json);
    if (errorBody && isContentRefusal(errorBody)) return classifyFailure(outcome, redactor);
    return { kind: "outcome-unknown", detail: `the response is not as expected: ${answer.slice(0, 400)}` };
  }
}

/** A response with another task's id is a failure: it says nothing about the requested task. */
export function requireSameTask<T extends { id: string }>(
  vendorTaskId: string,
  result: CallResult<T>,
): CallResult<T> {
  if (result.kind !== "ok" || result.value.id === vendorTaskId) return result;
  return { kind: "outcome-unknown", detail: `the response is about another task, ${result.value.id}` };
}

/** Ensures a trailing slash, so that relative paths extend the URL's own path. */
export function toBaseUrl(url: string): URL {
  return new URL(url.replace(/\/*$/, "/"));
}
