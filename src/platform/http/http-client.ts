import { Agent, type FormData, request } from "undici";
import { acceptedEncodings, decodeBody, decodeText, headerBytesMax } from "./http-body.js";
import { classifyHttpFailure, type HttpFailure } from "./http-failure.js";
import { readRetryAfterMs } from "./retry-after.js";
import { userAgent } from "./user-agent.js";

export interface HttpCall {
  method: "GET" | "POST" | "DELETE";
  url: URL;
  headers?: Record<string, string>;
  body?: string | FormData;
}

export type HttpOutcome =
  /** `cutShort` says why the body is not whole: the connection broke, or it was longer than allowed. */
  | {
      kind: "answered";
      status: number;
      retryAfterMs: number | null;
      text: string;
      cutShort: string | null;
    }
  | HttpFailure;

export interface HttpLimits {
  /** For the whole exchange, from resolving the name to the last byte of the answer. */
  timeoutMs: number;
  /** After decoding. */
  answerBytesMax: number;
}

/**
 * Small calls to another service: limited in time and in the length of the answer, never redirected
 * and never repeated. It never throws; what is not an answer says whether the call can have had an
 * effect.
 */
export class HttpClient {
  private readonly lasting: Agent;
  /**
   * A connection of its own for every call that changes something. On one that was kept open, a call
   * can cross with the other side's closing it, and then nobody knows whether it arrived.
   */
  private readonly fresh: Agent;

  constructor(private readonly limits: HttpLimits) {
    const common = {
      allowH2: false,
      maxHeaderSize: headerBytesMax,
      connect: { timeout: Math.min(10_000, limits.timeoutMs) },
      headersTimeout: limits.timeoutMs,
      bodyTimeout: limits.timeoutMs,
    };
    this.lasting = new Agent(common);
    this.fresh = new Agent({ ...common, pipelining: 0 });
  }

  async call({ method, url, headers, body }: HttpCall): Promise<HttpOutcome> {
    try {
      const answer = await request(url, {
        method,
        headers: { "user-agent": userAgent, "accept-encoding": acceptedEncodings, ...headers },
        body,
        dispatcher: method === "GET" ? this.lasting : this.fresh,
        signal: AbortSignal.timeout(this.limits.timeoutMs),
      });
      return {
        kind: "answered",
        status: answer.statusCode,
        retryAfterMs: readRetryAfterMs(answer.headers),
        ...(await readText(answer, this.limits.answerBytesMax)),
      };
    } catch (error) {
      return classifyHttpFailure(error);
    }
  }
}

type Answer = Awaited<ReturnType<typeof request>>;

async function readText({ body, headers }: Answer, bytesMax: number) {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let cutShort: string | null = null;
  try {
    // Leaving the loop early destroys the body, and its connection with it.
    for await (const chunk of decodeBody(body, headers)) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > bytesMax) {
        cutShort = `longer than ${bytesMax} bytes`;
        break;
      }
    }
  } catch (error) {
    cutShort = classifyHttpFailure(error).detail;
  }
  return { text: decodeText(Buffer.concat(chunks).subarray(0, bytesMax), headers), cutShort };
}
