import { extname } from "node:path";
import type { FastifyRequest } from "fastify";
import type { MediaGrant } from "../../platform/storage/media-links.js";
import { attachmentDisposition, neverCached, revalidated } from "../../platform/storage/media-links.js";
import type { StoredFile } from "../../platform/storage/storage.js";

const contentTypes: Record<string, string> = {
  ".mp4": "video/mp4",
  ".webp": "image/webp",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".png": "image/png",
};

/** For every answer, so that pages of any origin can show the media and read errors. */
export const sharedHeaders = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag",
  "cross-origin-resource-policy": "cross-origin",
  // A browser that opens the file itself builds a page around it.
  "content-security-policy":
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'",
  "x-content-type-options": "nosniff",
};

/**
 * The answer to a CORS preflight (https://fetch.spec.whatwg.org/#cors-preflight-fetch): any page may send any
 * header, because the signed link is the permission.
 */
export function preflightHeaders({ headers }: FastifyRequest): Record<string, string> {
  return {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, HEAD",
    // By name, because "*" does not include Authorization.
    "access-control-allow-headers": headers["access-control-request-headers"] ?? "*",
    "access-control-max-age": "86400",
    vary: "access-control-request-headers",
    allow: "GET, HEAD, OPTIONS",
  };
}

export const fileHeaderNames = [
  "accept-ranges",
  "cache-control",
  "content-disposition",
  "content-length",
  "content-range",
  "content-type",
  "etag",
  "last-modified",
];

export function fileHeaders(grant: MediaGrant, file: StoredFile): Record<string, string> {
  return {
    "content-type": contentTypes[extname(grant.key)] ?? "application/octet-stream",
    "accept-ranges": "bytes",
    etag: file.etag,
    "last-modified": file.modifiedAt.toUTCString(),
    "cache-control": grant.downloadAs === null ? revalidated : neverCached,
    ...(grant.downloadAs === null ? {} : { "content-disposition": attachmentDisposition(grant.downloadAs) }),
  };
}

/** Whether the client's copy is current (RFC 9110, section 13.2.2). A tag takes precedence over a date. */
export function isUnchanged({ headers }: FastifyRequest, file: StoredFile): boolean {
  const tags = headers["if-none-match"];
  if (tags !== undefined) return tags.split(",").some((tag) => ["*", file.etag].includes(bareTag(tag)));
  return isNotAfter(file.modifiedAt, headers["if-modified-since"]);
}

/** If-Range: a part is only of use to a client that has the rest of the same file. */
export function canSendPart({ headers }: FastifyRequest, file: StoredFile): boolean {
  const condition = headers["if-range"];
  if (condition === undefined) return true;
  return String(condition) === file.etag || String(condition) === file.modifiedAt.toUTCString();
}

function bareTag(tag: string): string {
  return tag.trim().replace(/^W\//, "");
}

function isNotAfter(modifiedAt: Date, header: string | undefined): boolean {
  const since = header === undefined ? Number.NaN : Date.parse(header);
  return Math.floor(modifiedAt.getTime() / 1000) * 1000 <= since;
}
