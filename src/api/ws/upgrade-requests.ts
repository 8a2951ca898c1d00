import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isFromThisMachine } from "../http/local-request.js";
import { type AllowedOrigins, OriginRefused } from "../http/origins.js";
import { endGently } from "../http/unread-bodies.js";
import type { ApiLimits } from "../limits.js";
import type { GraphqlWsServer } from "./graphql-ws-server.js";

interface Upgrade {
  socket: Socket;
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
    private readonly sockets: GraphqlWsServer,
    private readonly options: { origins: AllowedOrigins; limits: ApiLimits },
  ) {
    app.server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
      this.waiting.set(request, { socket, head });
      const response = new ServerResponse(request);
      response.assignSocket(socket);
      response.once("finish", () => endGently(socket, options.limits));
      socket.on("error", () => socket.destroy());
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
    if (origin !== undefined && !this.options.origins.allows(origin, request.host)) throw new OriginRefused();
    this.waiting.delete(request.raw);
    reply.hijack();
    reply.raw.detachSocket(upgrade.socket);
    this.sockets.upgrade(request.raw, upgrade.socket, upgrade.head, {
      address: request.ip,
      isFromThisMachine: isFromThisMachine(request),
      acceptLanguage: request.headers["accept-language"],
    });
    return true;
  }
}
