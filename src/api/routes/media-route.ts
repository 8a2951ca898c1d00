import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../../platform/base/app-error.js";
import type { Clock } from "../../platform/base/clock.js";
import type { MediaLinks } from "../../platform/storage/media-links.js";
import { type Storage, StoredFileMissing } from "../../platform/storage/storage.js";
import { parseRange } from "./byte-range.js";
import {
  canSendPart,
  fileHeaderNames,
  fileHeaders,
  isUnchanged,
  preflightHeaders,
  sharedHeaders,
} from "./media-headers.js";

/** The link has no valid signature or has expired. */
export class LinkRefused extends AppError {
  readonly statusCode = 403;

  constructor() {
    super("FORBIDDEN", {
      en: "This link is not valid or has expired. Ask for a new one.",
      zh: "链接无效或已过期，请重新获取。",
    });
  }
}

/** The link is valid, but its file was deleted. */
export class MediaGone extends AppError {
  readonly statusCode = 404;

  constructor() {
    super("NOT_FOUND", { en: "This file is no longer there.", zh: "该文件已不存在。" });
  }
}

export interface MediaRouteOptions {
  storage: Storage;
  links: MediaLinks;
  clock: Clock;
}

/**
 * GET and HEAD /media/<key> send the file of a signed link. OPTIONS allows pages of any origin and any
 * headers. A Fastify plugin; the server's error handler answers its errors.
 */
export async function mediaRoute(app: FastifyInstance, options: MediaRouteOptions): Promise<void> {
  app.options("/media/*", async (request, reply) =>
    reply.headers(preflightHeaders(request)).code(204).send(),
  );
  app.route<{ Params: { "*": string } }>({
    method: ["GET", "HEAD"],
    url: "/media/*",
    handler: async (request, reply) => {
      reply.headers(sharedHeaders);
      try {
        return await sendFile(options, request.params["*"], request, reply);
      } catch (error) {
        removeFileHeaders(reply);
        throw error instanceof StoredFileMissing ? new MediaGone() : error;
      }
    },
  });
}

async function sendFile(
  { storage, links, clock }: MediaRouteOptions,
  key: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const grant = links.verify(key, queryOf(request.raw.url ?? ""), clock.now());
  if (!grant) throw new LinkRefused();
  const file = await storage.stat(grant.key);
  if (!file) throw new MediaGone();
  reply.headers(fileHeaders(grant, file));
  if (isUnchanged(request, file)) return reply.code(304).removeHeader("content-type").send();

  const isGet = request.method === "GET";
  // Ranges are for GET only (RFC 9110, section 14.2).
  const range =
    isGet && canSendPart(request, file) ? parseRange(request.headers.range, file.byteSize) : "whole";
  if (range === "unsatisfiable") {
    removeFileHeaders(reply);
    reply.header("content-range", `bytes */${file.byteSize}`);
    return reply.code(416).send();
  }
  const part = range === "whole" ? { start: 0, end: file.byteSize - 1 } : range;
  reply.header("content-length", part.end - part.start + 1);
  if (range !== "whole") {
    reply.code(206).header("content-range", `bytes ${part.start}-${part.end}/${file.byteSize}`);
  }
  // Fastify pipes with back-pressure and destroys the stream when the client goes away.
  return isGet && file.byteSize > 0 ? reply.send(await storage.open(grant.key, part)) : reply.send();
}

/** Unparsed, because parsing would hide duplicate and unknown parameters. */
function queryOf(url: string): string {
  const at = url.indexOf("?");
  return at < 0 ? "" : url.slice(at + 1);
}

/** An error has no headers of the file, and is not cached, because the next link may be valid. */
function removeFileHeaders(reply: FastifyReply): void {
  for (const name of fileHeaderNames) reply.removeHeader(name);
  reply.header("cache-control", "no-store");
}
