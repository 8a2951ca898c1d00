import { LRUCache } from "lru-cache";
import type { Keyring } from "../crypto/keyring.js";
import { assertStorageKey, isStorageKey, type LinkOptions } from "./storage.js";

/** The access that a valid link grants. */
export interface MediaGrant {
  key: string;
  expiresAt: Date;
  /** The file name for saving, or null if the file is to be shown. */
  downloadAs: string | null;
}

/** Of links to files that are shown, not saved: some 400 bytes each. */
const cachedLinksMax = 20_000;

const parameters = new Set(["expires", "as", "sig"]);

/**
 * Links to files that our own server sends: `/media/<key>?expires=<unix seconds>&as=<file
 * name>&sig=<base64url>`. The signature covers the key and all parameters.
 */
export class MediaLinks {
  /** Links to show files, without the server's address: a page of a list has forty, most of them requested before. */
  private readonly cached = new LRUCache<string, string>({ max: cachedLinksMax });

  /** `publicUrl` is a function because a server with PORT=0 learns its port only when it listens. */
  constructor(
    private readonly keyring: Keyring,
    private readonly publicUrl: () => string,
  ) {}

  /** `expiresAt` is rounded down to whole seconds. */
  sign(key: string, { expiresAt, downloadAs }: LinkOptions): string {
    const expires = String(Math.floor(expiresAt.getTime() / 1000));
    const path =
      downloadAs === undefined ? this.pathToShow(key, expires) : this.path(key, expires, downloadAs);
    return this.publicUrl().replace(/\/+$/, "") + path;
  }

  private pathToShow(key: string, expires: string): string {
    const cacheKey = `${expires} ${key}`;
    let path = this.cached.get(cacheKey);
    if (path === undefined) {
      path = this.path(key, expires, null);
      this.cached.set(cacheKey, path);
    }
    return path;
  }

  private path(key: string, expires: string, downloadAs: string | null): string {
    assertStorageKey(key);
    const query = new URLSearchParams({ expires });
    if (downloadAs !== null) query.set("as", downloadAs);
    query.set("sig", this.keyring.sign("media-link", signedText(key, expires, downloadAs)));
    return `/media/${key}?${query}`;
  }

  /** Null for a link that was forged, changed in any way, or has expired. */
  verify(key: string, query: string, now: Date): MediaGrant | null {
    const given = new URLSearchParams(query);
    const names = [...given.keys()];
    if (names.some((name) => !parameters.has(name)) || new Set(names).size < names.length) return null;
    const expires = given.get("expires") ?? "";
    const downloadAs = given.get("as");
    const signature = given.get("sig") ?? "";
    if (!isStorageKey(key) || !/^\d{1,11}$/.test(expires) || !isCanonical(signature)) return null;
    if (!this.keyring.verify("media-link", signedText(key, expires, downloadAs), signature)) return null;
    const expiresAt = new Date(Number(expires) * 1000);
    return expiresAt > now ? { key, expiresAt, downloadAs } : null;
  }
}

function signedText(key: string, expires: string, downloadAs: string | null): string {
  return JSON.stringify([key, expires, downloadAs]);
}

/** Base64url decoders ignore stray characters and spare bits, so a changed signature could decode to the same bytes. */
function isCanonical(signature: string): boolean {
  return Buffer.from(signature, "base64url").toString("base64url") === signature;
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * The end of tomorrow (UTC) as the expiry of links: all links made on one day have the same text, so
 * browsers find their cached copies, and each is valid for at least a day.
 */
export function endOfTomorrow(now: Date): Date {
  return new Date((Math.floor(now.getTime() / dayMs) + 2) * dayMs);
}

/** `Cache-Control` of paid downloads. */
export const neverCached = "private, no-store";

/**
 * `Cache-Control` of other files: browsers may store them but must revalidate before each use, so that a
 * deleted file is not played from a cache. The response to a revalidation is a 304 without a body.
 */
export const revalidated = "private, max-age=0, must-revalidate";

/** `Content-Disposition` by RFC 6266: an ASCII name, plus the exact one in RFC 8187 encoding if they differ. */
export function attachmentDisposition(fileName: string): string {
  const ascii = fileName.replace(/[^\w .()-]/g, "_");
  if (ascii === fileName) return `attachment; filename="${ascii}"`;
  const exact = encodeURIComponent(fileName.toWellFormed()).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${exact}`;
}
