import { type IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isFromThisMachine } from "../local-request.js";
import { type AllowedOrigins, OriginRefused } from "../origins.js";
import type { GraphqlSockets } from "./graphql-sockets.js";

interface Upgrade {
  stream: Duplex;
  head: Buffer;
}

/**
 * Sends WebSocket upgrades through Fastify's router, so that they get its view of the client's
 * address, and a wrong path the same answer as over HTTP.
 */
export class UpgradeRequests {
  private readonly waiting = new WeakMap<IncomingMessage, Upgrade>();

  constructor(
    app: FastifyInstance,
    private readonly sockets: GraphqlSockets,
    private readonly origins: AllowedOrigins,
  ) {
    app.server.on("upgrade", (request: IncomingMessage, stream: Duplex, head: Buffer) => {
      this.waiting.set(request, { stream, head });
      const response = new ServerResponse(request);
      response.assignSocket(stream as Parameters<typeof response.assignSocket>[0]);
      response.once("finish", () => stream.end());
      stream.on("error", () => stream.destroy());
      app.routing(request, response);
    });
  }

  /**
   * Whether this is an upgrade, which then has been taken over. Throws OriginRefused: unlike a request, a
   * WebSocket of a foreign page is held back by no browser.
   */
  take(request: FastifyRequest, reply: FastifyReply): boolean {
    const upgrade = this.waiting.get(request.raw);
    if (!upgrade) return false;
    const { origin } = request.headers;
    if (origin !== undefined && !this.origins.allows(origin, request.host)) throw new OriginRefused();
    this.waiting.delete(request.raw);
    reply.hijack();
    reply.raw.detachSocket(upgrade.stream as Parameters<typeof reply.raw.detachSocket>[0]);
    this.sockets.upgrade(request.raw, upgrade.stream, upgrade.head, {
      address: request.ip,
      isFromThisMachine: isFromThisMachine(request),
      acceptLanguage: request.headers["accept-language"],
    });
    return true;
  }
}
