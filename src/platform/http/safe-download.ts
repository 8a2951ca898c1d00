import type { Readable } from "node:stream";
import { Agent, request } from "undici";
import { decodeBody, headerBytesMax } from "./http-body.js";
import { classifyHttpFailure, type HttpFailure } from "./http-failure.js";
import { NotPublicAddress, publicLookup, refuseLiteralPrivateHost } from "./public-address.js";
import { readRetryAfterMs } from "./retry-after.js";
import { userAgent } from "./user-agent.js";

export type OpenedFile =
  /** Decoded. `byteLength` is null where it is not announced, which it never is for an encoded body. */
  | { kind: "opened"; body: Readable; byteLength: number | null }
  | { kind: "http-status"; status: number; retryAfterMs: number | null }
  /** The link, or a redirect on the way, leads where we do not go. */
  | { kind: "forbidden"; detail: string }
  | HttpFailure;

export interface SafeDownloadOptions {
  /** Files of this origin are fetched wherever it is; all others from public addresses alone. */
  trustedOrigin: string;
  /** Sent to the trusted origin, and to nobody else on the way. */
  authorization?: string;
  /** For the answer's headers at each hop, and then for every wait between two pieces of the body. */
  timeoutMs: number;
}

const redirectsMax = 5;
const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/**
 * Opens files whose addresses come from somebody else. Redirects are followed by hand, and at each
 * hop the address must be the trusted origin or public, checked after its name was resolved.
 */
export class SafeDownloader {
  private readonly trusted: Agent;
  private readonly anywhere: Agent;

  constructor(private readonly options: SafeDownloadOptions) {
    const common = {
      allowH2: false,
      maxHeaderSize: headerBytesMax,
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs,
    };
    const timeout = Math.min(10_000, options.timeoutMs);
    this.trusted = new Agent({ ...common, connect: { timeout } });
    this.anywhere = new Agent({ ...common, connect: { timeout, lookup: publicLookup } });
  }

  async open(link: string): Promise<OpenedFile> {
    let from: string | undefined;
    let target = link;
    try {
      for (let hop = 0; hop <= redirectsMax; hop++) {
        const url = httpUrlOf(target, from);
        if (!url) return { kind: "forbidden", detail: "the link is no http(s) address" };
        const answer = await this.get(url);
        const location = answer.headers.location;
        if (!redirectStatuses.has(answer.statusCode) || typeof location !== "string") return opened(answer);
        discard(answer.body);
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
    if (!trusted) refuseLiteralPrivateHost(url);
    const { authorization } = this.options;
    return request(url, {
      method: "GET",
      dispatcher: trusted ? this.trusted : this.anywhere,
      headers: {
        "user-agent": userAgent,
        // Videos are compressed already.
        "accept-encoding": "identity",
        ...(trusted && authorization && { authorization }),
      },
    });
  }
}

type Answer = Awaited<ReturnType<typeof request>>;

function opened({ statusCode, headers, body }: Answer): OpenedFile {
  if (statusCode === 200) {
    const decoded = decodeBody(body, headers);
    const announced = decoded === body ? Number(headers["content-length"]) : Number.NaN;
    return { kind: "opened", body: decoded, byteLength: Number.isSafeInteger(announced) ? announced : null };
  }
  discard(body);
  return { kind: "http-status", status: statusCode, retryAfterMs: readRetryAfterMs(headers) };
}

/** An answer that nobody wants must not hold its connection, and how it ends is of no interest. */
function discard(body: Readable): void {
  body.on("error", () => {}).destroy();
}

function httpUrlOf(text: string, base: string | undefined): URL | null {
  const url = URL.parse(text, base);
  const plain = url && (url.protocol === "http:" || url.protocol === "https:");
  return plain && url.username === "" && url.password === "" ? url : null;
}

function isForbidden(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isForbidden);
  return (
    error instanceof NotPublicAddress || (error instanceof Error && error.cause instanceof NotPublicAddress)
  );
}
