import { Agent, type FormData, request } from "undici";
import { acceptedEncodings, decodeBody, decodeText, headerBytesMax } from "./http-body.js";
import { classifyHttpFailure, type HttpFailure } from "./http-failure.js";
import { parseRetryAfterMs } from "./retry-after.js";
import { userAgent } from "./user-agent.js";

export interface HttpCall {
  method: "GET" | "POST" | "DELETE";
  url: URL;
  headers?: Record<string, string>;
  body?: string | FormData;
}

export type HttpOutcome =
  /** `truncated` says why the body is incomplete: the connection broke, or the body was too long. */
  | {
      kind: "response";
      status: number;
      retryAfterMs: number | null;
      text: string;
      truncated: string | null;
    }
  | HttpFailure;

export interface HttpLimits {
  /** For the whole exchange, from resolving the host name to the last byte of the response. */
  timeoutMs: number;
  /** After decoding. */
  responseBytesMax: number;
}

/**
 * Makes small calls to other services, with a time limit and a response size limit. Never throws, never
 * follows redirects and never retries. A failure says whether the call can have had an effect.
 */
export class HttpClient {
  private readonly keepAlive: Agent;
  /**
   * A new connection for every call that changes something. On a reused connection, the server may close it
   * while the call is being sent, and then it is unknown whether the call arrived.
   */
  private readonly singleUse: Agent;

  constructor(private readonly limits: HttpLimits) {
    const common = {
      allowH2: false,
      maxHeaderSize: headerBytesMax,
      connect: { timeout: Math.min(10_000, limits.timeoutMs) },
      headersTimeout: limits.timeoutMs,
      bodyTimeout: limits.timeoutMs,
    };
    this.keepAlive = new Agent(common);
    this.singleUse = new Agent({ ...common, pipelining: 0 });
  }

  async call({ method, url, headers, body }: HttpCall): Promise<HttpOutcome> {
    try {
      const response = await request(url, {
        method,
        headers: { "user-agent": userAgent, "accept-encoding": acceptedEncodings, ...headers },
        body,
        dispatcher: method === "GET" ? this.keepAlive : this.singleUse,
        signal: AbortSignal.timeout(this.limits.timeoutMs),
      });
      return {
        kind: "response",
        status: response.statusCode,
        retryAfterMs: parseRetryAfterMs(response.headers),
        ...(await readText(response, this.limits.responseBytesMax)),
      };
    } catch (error) {
      return classifyHttpFailure(error);
    }
  }
}

type Response = Awaited<ReturnType<typeof request>>;

async function readText({ body, headers }: Response, bytesMax: number) {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let truncated: string | null = null;
  try {
    // Leaving the loop early destroys the body and its connection.
    for await (const chunk of decodeBody(body, headers)) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > bytesMax) {
        truncated = `longer than ${bytesMax} bytes`;
        break;
      }
    }
  } catch (error) {
    truncated = classifyHttpFailure(error).detail;
  }
  return { text: decodeText(Buffer.concat(chunks).subarray(0, bytesMax), headers), truncated };
}
