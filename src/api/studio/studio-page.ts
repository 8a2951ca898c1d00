import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import { wantsPage } from "../explorer/browser-pages.js";

export interface StudioOptions {
  /** The folder of the built studio: index.html and assets/. */
  folder: string;
  /** The origins of stills and videos besides the page's own. Called once the server listens. */
  mediaOrigins: () => Promise<readonly string[]>;
}

/** Addresses that are never the studio's, even if nothing is there. */
const othersPaths = /^\/(assets|graphql|healthz|media|metrics|playground|readyz|webhooks)(\/|$)/;

/** The page's addresses have at most three parts. Deeper ones would only fill the cache of variants. */
const depthMax = 8;

/** The page with addresses that fit one depth of path, in every encoding. */
interface Variant {
  etag: string;
  bodies: Record<"br" | "gzip" | "identity", Buffer>;
}

/**
 * The studio's page. Its addresses are relative to the path that it is served at, so that it works below any
 * prefix, whether a proxy strips the prefix or not.
 */
export class StudioPage {
  private readonly html: string;
  private readonly variants = new Map<number, Variant>();
  private policy: Promise<string> | null = null;

  constructor(private readonly options: StudioOptions) {
    this.html = readFileSync(join(options.folder, "index.html"), "utf8");
  }

  /** The page for an address that has no route. Null if the request is not a browser's for a page. */
  answerUnknown(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> | null {
    if (!wantsPage(request) || othersPaths.test(pathOf(request))) return null;
    return slashes(request) > depthMax ? null : this.send(request, reply);
  }

  async send(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const variant = this.variantFor(slashes(request));
    reply.headers({
      "content-security-policy": await this.contentSecurityPolicy(),
      "cross-origin-opener-policy": "same-origin",
      "cache-control": "no-cache",
      vary: "accept, accept-encoding",
      etag: variant.etag,
    });
    if (request.headers["if-none-match"]?.includes(variant.etag)) return reply.code(304).send();
    const encoding = bestEncoding(request.headers["accept-encoding"]);
    if (encoding !== "identity") reply.header("content-encoding", encoding);
    return reply.type("text/html; charset=utf-8").send(variant.bodies[encoding]);
  }

  private variantFor(depth: number): Variant {
    let variant = this.variants.get(depth);
    if (!variant) {
      const root = "../".repeat(depth - 1) || "./";
      const identity = Buffer.from(this.html.replaceAll('"./assets/', `"${root}assets/`));
      const etag = `W/"${createHash("sha256").update(identity).digest("base64url")}"`;
      variant = { etag, bodies: { identity, br: brotliCompressSync(identity), gzip: gzipSync(identity) } };
      this.variants.set(depth, variant);
    }
    return variant;
  }

  private contentSecurityPolicy(): Promise<string> {
    this.policy ??= this.options.mediaOrigins().then(
      (origins) => policyOf(this.html, origins),
      (error) => {
        // The next page asks for them again.
        this.policy = null;
        throw error;
      },
    );
    return this.policy;
  }
}

/** Nothing but this server's own files runs. The inline script is named by its hash. */
function policyOf(html: string, mediaOrigins: readonly string[]): string {
  const inline = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, text = ""]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`,
  );
  const media = [...new Set(mediaOrigins)];
  return [
    "default-src 'none'",
    ["script-src 'self'", ...inline].join(" "),
    "style-src 'self'",
    ["img-src 'self' blob:", ...media].join(" "),
    ["media-src 'self'", ...media].join(" "),
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
}

function pathOf({ url }: FastifyRequest): string {
  return url.split("?", 1)[0] as string;
}

function slashes(request: FastifyRequest): number {
  return pathOf(request).split("/").length - 1;
}

function bestEncoding(accepted: string | string[] | undefined): "br" | "gzip" | "identity" {
  const accepts = (name: string) => new RegExp(`(^|[, ])${name}(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$))`);
  const header = String(accepted ?? "").toLowerCase();
  return (["br", "gzip"] as const).find((name) => accepts(name).test(header)) ?? "identity";
}
