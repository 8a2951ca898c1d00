import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isFromThisMachine } from "../http/local-request.js";
import { type AllowedOrigins, OriginRefused } from "../http/origins.js";
import { closeAfterReading } from "../http/unread-bodies.js";
import type { ApiLimits } from "../limits.js";
import type { GraphqlWsServer } from "./graphql-ws-server.js";

interface Upgrade {
  socket: Socket;
  head: Buffer;
}

/**
 * Routes WebSocket upgrades through Fastify, so that the client's address is determined as for other
 * requests and a wrong path gets the same response.
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
      response.once("finish", () => closeAfterReading(socket, options.limits));
      socket.on("error", () => socket.destroy());
      app.routing(request, response);
    });
  }

  /**
   * Takes over the connection if this is an upgrade, else returns false. Throws OriginRefused: browsers
   * do not apply CORS to WebSockets, so the server must check the origin.
   */
  take(request: FastifyRequest, reply: FastifyReply): boolean {
    const upgrade = this.waiting.get(request.raw);
    if (!upgrade) return false;
    const { origin } = request.headers;
    if (origin !== undefined && !this.options.origins.allows(origin, request.host)) throw new OriginRefused();
    this.waiting.delete(request.raw);
    const isFromHere = isFromThisMachine(request);
    reply.hijack();
    reply.raw.detachSocket(upgrade.socket);
    this.sockets.upgrade(request.raw, upgrade.socket, upgrade.head, {
      address: request.ip,
      isFromThisMachine: () => isFromHere,
      acceptLanguage: request.headers["accept-language"],
    });
    return true;
  }
}
