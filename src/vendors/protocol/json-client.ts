import type { Logger } from "pino";
import { FormData } from "undici";
import type { z } from "zod";
import { type HttpCall, HttpClient } from "../../platform/http/http-client.js";
import type { VendorFailure } from "../vendor-errors.js";
import { isContentRefusal } from "./content-refusals.js";
import { failureOf } from "./failures.js";
import { parseJson } from "./json.js";
import { Redactor } from "./redactor.js";
import { errorBodyIn } from "./vendor-error-body.js";

/** `answer` is what came back, cut to `answerLengthMax` and without secrets. */
export type CallResult<T> =
  | { kind: "ok"; value: T; answer: string }
  | { kind: "not-found"; detail: string }
  | VendorFailure;

const answerLengthMax = 2000;
/** A task's answer takes a few hundred bytes. */
const answerBytesMax = 1024 * 1024;

/** Calls to a vendor that takes a bearer key and answers with JSON. None throws, none repeats itself. */
export class JsonClient {
  /** Knows the key. */
  readonly redactor: Redactor;
  private readonly http: HttpClient;

  constructor(
    private readonly baseUrl: URL,
    private readonly apiKey: string,
    timeoutMs: number,
    private readonly logger: Logger,
  ) {
    this.http = new HttpClient({ timeoutMs, responseBytesMax: answerBytesMax });
    this.redactor = new Redactor([apiKey]);
  }

  /** `name` is for the log. */
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

  /** For files that the vendor gives to its customers alone. */
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
      const failure = failureOf(outcome, redactor);
      const isRefusal = failure.kind === "rejected";
      return status === 404 && !isRefusal ? { kind: "not-found", detail: failure.detail } : failure;
    }
    const answer = redactor.clean(outcome.text, answerLengthMax);
    if (outcome.truncated)
      return { kind: "outcome-unknown", detail: `the answer was cut short: ${outcome.truncated}` };
    const json = parseJson(outcome.text);
    const parsed = schema.safeParse(json);
    if (parsed.success) return { kind: "ok", value: parsed.data, answer };
    const errorBody = errorBodyIn(json);
    if (errorBody && isContentRefusal(errorBody)) return failureOf(outcome, redactor);
    return { kind: "outcome-unknown", detail: `an answer that cannot be read: ${answer.slice(0, 400)}` };
  }
}

/** An answer that names another task says nothing about the one that was asked for. */
export function answerAbout<T extends { id: string }>(
  vendorTaskId: string,
  result: CallResult<T>,
): CallResult<T> {
  if (result.kind !== "ok" || result.value.id === vendorTaskId) return result;
  return { kind: "outcome-unknown", detail: `the answer is about another task, ${result.value.id}` };
}

/** A vendor's address as a base for paths: it may have a path of its own, which comes before them. */
export function baseOf(url: string): URL {
  return new URL(url.replace(/\/*$/, "/"));
}
