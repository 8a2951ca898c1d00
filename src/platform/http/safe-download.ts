import type { Readable } from "node:stream";
import { Agent, request } from "undici";
import { decodeBody, headerBytesMax } from "./http-body.js";
import { classifyHttpFailure, type HttpFailure } from "./http-failure.js";
import { assertPublicHost, NonPublicAddressError, resolvePublicAddress } from "./public-address.js";
import { parseRetryAfterMs } from "./retry-after.js";
import { userAgent } from "./user-agent.js";

export type DownloadResult =
  /** The decoded body. `byteLength` is null if it is unknown, as for every encoded body. */
  | { kind: "opened"; body: Readable; byteLength: number | null }
  | { kind: "http-status"; status: number; retryAfterMs: number | null }
  /** The link or one of its redirects is not allowed. */
  | { kind: "forbidden"; detail: string }
  | HttpFailure;

export interface SafeDownloadOptions {
  /** May have a private address. All other origins must be public. */
  trustedOrigin: string;
  /** Sent to the trusted origin only, also after redirects. */
  authorization?: string;
  /** For the response headers at each hop, and between two chunks of the body. */
  timeoutMs: number;
}

const redirectsMax = 5;
const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/**
 * Downloads from URLs of third parties, safe against SSRF. Follows redirects itself and checks at each hop,
 * after DNS resolution, that the address is public or belongs to the trusted origin.
 */
export class SafeDownloader {
  private readonly trusted: Agent;
  private readonly publicOnly: Agent;

  constructor(private readonly options: SafeDownloadOptions) {
    const common = {
      allowH2: false,
      maxHeaderSize: headerBytesMax,
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs,
    };
    const timeout = Math.min(10_000, options.timeoutMs);
    this.trusted = new Agent({ ...common, connect: { timeout } });
    this.publicOnly = new Agent({ ...common, connect: { timeout, lookup: resolvePublicAddress } });
  }

  async open(link: string): Promise<DownloadResult> {
    let from: string | undefined;
    let target = link;
    try {
      for (let hop = 0; hop <= redirectsMax; hop++) {
        const url = parseHttpUrl(target, from);
        if (!url) return { kind: "forbidden", detail: "the link is not an http(s) URL" };
        const response = await this.get(url);
        const location = response.headers.location;
        if (!redirectStatuses.has(response.statusCode) || typeof location !== "string")
          return toDownloadResult(response);
        discard(response.body);
        from = url.href;
        target = location;
      }
      return { kind: "forbidden", detail: `more than ${redirectsMax} redirects` };
    } catch (error) {
      if (isForbidden(error))
        return { kind: "forbidden", detail: "the link leads to an address that is not public" };
      return classifyHttpFailure(error);
    }
  }

  private async get(url: URL) {
    const trusted = url.origin === this.options.trustedOrigin;
    if (!trusted) assertPublicHost(url);
    const { authorization } = this.options;
    return request(url, {
      method: "GET",
      dispatcher: trusted ? this.trusted : this.publicOnly,
      headers: {
        "user-agent": userAgent,
        // Media files are compressed already.
        "accept-encoding": "identity",
        ...(trusted && authorization && { authorization }),
      },
    });
  }
}

type Response = Awaited<ReturnType<typeof request>>;

function toDownloadResult({ statusCode, headers, body }: Response): DownloadResult {
  if (statusCode === 200) {
    const decoded = decodeBody(body, headers);
    const declared = decoded === body ? Number(headers["content-length"]) : Number.NaN;
    return { kind: "opened", body: decoded, byteLength: Number.isSafeInteger(declared) ? declared : null };
  }
  discard(body);
  return { kind: "http-status", status: statusCode, retryAfterMs: parseRetryAfterMs(headers) };
}

/** Frees the connection of an unused response and ignores its errors. */
function discard(body: Readable): void {
  body.on("error", () => {}).destroy();
}

function parseHttpUrl(text: string, base: string | undefined): URL | null {
  const url = URL.parse(text, base);
  const isHttp = url && (url.protocol === "http:" || url.protocol === "https:");
  return isHttp && url.username === "" && url.password === "" ? url : null;
}

function isForbidden(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isForbidden);
  return (
    error instanceof NonPublicAddressError ||
    (error instanceof Error && error.cause instanceof NonPublicAddressError)
  );
}
