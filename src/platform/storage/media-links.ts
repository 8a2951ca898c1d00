import type { Keyring } from "../crypto/keyring.js";
import type { LinkOptions } from "./storage.js";
import { assertStorageKey, isStorageKey } from "./storage-key.js";

/** What a good link allows. */
export interface MediaGrant {
  key: string;
  expiresAt: Date;
  /** The name under which the file is to be saved, or null when it is to be shown. */
  downloadAs: string | null;
}

const parameters = new Set(["expires", "as", "sig"]);

/**
 * Links to files that our own server hands out: `/media/<key>?expires=<unix seconds>&as=<file
 * name>&sig=<base64url>`. The signature covers everything that matters, so nothing can be changed.
 */
export class MediaLinks {
  /** `publicUrl` is asked for at each link, since a server may learn its port only when it listens. */
  constructor(
    private readonly keyring: Keyring,
    private readonly publicUrl: () => string,
  ) {}

  /** `expiresAt` counts in whole seconds; the rest is cut off. */
  sign(key: string, { expiresAt, downloadAs }: LinkOptions): string {
    assertStorageKey(key);
    const expires = String(Math.floor(expiresAt.getTime() / 1000));
    const query = new URLSearchParams({ expires });
    if (downloadAs !== undefined) query.set("as", downloadAs);
    query.set("sig", this.keyring.sign("media-link", signedText(key, expires, downloadAs ?? null)));
    return `${this.publicUrl().replace(/\/+$/, "")}/media/${key}?${query}`;
  }

  /** Null for a link that is not ours, was changed in any way, or has expired: all alike. */
  read(key: string, query: string, now: Date): MediaGrant | null {
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

/** Decoders forgive stray characters and spare bits; a changed signature must not pass for the same. */
function isCanonical(signature: string): boolean {
  return Buffer.from(signature, "base64url").toString("base64url") === signature;
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * The end of tomorrow (UTC): a link made at any time of one day is the same text all day, so that
 * browsers find what they have in their cache, and holds for a day at least.
 */
export function endOfTomorrow(now: Date): Date {
  return new Date((Math.floor(now.getTime() / dayMs) + 2) * dayMs);
}
