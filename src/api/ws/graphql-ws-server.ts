import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { handleProtocols, makeServer, type Server } from "graphql-ws";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import { errorForLog } from "../../platform/observability/error-for-log.js";
import type { ApiLimits } from "../limits.js";
import { closeCodes } from "./close-codes.js";
import { Connection, type SocketOrigin } from "./connection.js";
import { Connections } from "./connections.js";
import { type Extra, SocketProtocol } from "./protocol.js";
import type { SocketParts } from "./socket-parts.js";

const pingBatchMax = 20;

/** GraphQL over WebSocket: graphql-transport-ws (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md). */
export class GraphqlWsServer {
  private readonly connections: Connections;
  private readonly protocol: Server<Extra>;
  private readonly server: WebSocketServer;
  private readonly pings: NodeJS.Timeout;
  private readonly stopListening: () => void;

  constructor(private readonly parts: SocketParts) {
    const { limits, bus, sessionEnded } = parts;
    this.connections = new Connections(limits);
    this.protocol = makeServer(new SocketProtocol(parts, this.connections).options());
    this.server = new WebSocketServer(serverOptions(limits));
    this.pings = setInterval(() => void this.pingAll(), limits.keepAliveMs);
    this.pings.unref();
    const stops = [
      bus.subscribe(sessionEnded, ({ sessionId }) => this.connections.endSession(sessionId)),
      bus.onReconnect(() => void this.endDeadSessions()),
    ];
    this.stopListening = () => {
      for (const stop of stops) stop();
    };
  }

  /** Takes over the connection of an upgrade request. */
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer, origin: SocketOrigin): void {
    this.server.handleUpgrade(request, stream, head, (socket) => this.open(socket, origin));
  }

  /** Sends everybody away: who has a query or mutation under way as soon as that has been answered. */
  async drain(deadlineMs: number): Promise<void> {
    clearInterval(this.pings);
    this.stopListening();
    const until = performance.now() + deadlineMs;
    while (this.connections.size > 0 && performance.now() < until) {
      for (const connection of this.connections) {
        connection.accepting = false;
        if (connection.unanswered.size === 0) connection.close(closeCodes.goingAway);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (const { socket } of this.connections) socket.terminate();
  }

  private open(socket: WebSocket, origin: SocketOrigin): void {
    const connection = new Connection(socket, origin);
    if (!this.connections.add(connection)) {
      socket.on("error", () => {});
      connection.close(closeCodes.tryAgainLater);
      return;
    }
    this.parts.metrics.openSockets.set(this.connections.size);
    const closed = this.protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => send(socket, text),
        close: (code = 1000, reason = "") => connection.close({ code, reason }),
        onMessage: (receive) => {
          socket.on("message", (data) => this.receive(connection, String(data), receive));
        },
      },
      { connection },
    );
    socket.on("pong", () => {
      connection.alive = true;
    });
    // What ws finds wrong (a message too large, no UTF-8) it closes itself, with the right code.
    socket.on("error", (error) => this.parts.logger.debug({ err: errorForLog(error) }, "websocket error"));
    socket.once("close", (code, reason) => {
      this.connections.remove(connection);
      this.parts.metrics.openSockets.set(this.connections.size);
      void closed(code, String(reason));
    });
  }

  /**
   * Nothing runs that arrives after a close has begun, not even from the same chunk of bytes. A client
   * that sends without reading is cut off before its answers pile up.
   */
  private receive(connection: Connection, text: string, receive: (text: string) => Promise<void>): void {
    const { limits } = this.parts;
    if (!connection.accepting || connection.socket.readyState !== connection.socket.OPEN) return;
    if (connection.socket.bufferedAmount > limits.socketOutboxBytesMax) {
      connection.socket.terminate();
      return;
    }
    if (!connection.countMessage(limits.socketMessagesMax)) {
      connection.close(closeCodes.tooManyMessages);
      return;
    }
    receive(text).catch((error: unknown) => {
      if (connection.socket.readyState !== connection.socket.OPEN) return;
      this.parts.logger.warn({ err: errorForLog(error) }, "websocket message failed");
      connection.close(closeCodes.tryAgainLater);
    });
  }

  /** A few at a time, so that no event waits for all of them. */
  private async pingAll(): Promise<void> {
    for (const [n, connection] of [...this.connections].entries()) {
      if (n % pingBatchMax === pingBatchMax - 1) await nextTurn();
      if (!connection.alive) {
        connection.socket.terminate();
        continue;
      }
      connection.alive = false;
      connection.beginCount();
      connection.socket.ping();
    }
    void this.endDeadSessions();
  }

  /** An end that was announced while this server could not hear is found here, seconds later. */
  private async endDeadSessions(): Promise<void> {
    await Promise.all(
      this.connections.sessions().map(async (sessionId) => {
        // While the database is away nobody knows; the next look is soon.
        const live = await this.parts.isSessionLive(sessionId).catch(() => true);
        if (!live) this.connections.endSession(sessionId);
      }),
    );
  }
}

function serverOptions(limits: ApiLimits): ServerOptions & { closeTimeout: number } {
  return {
    noServer: true,
    maxPayload: limits.messageBytesMax,
    // Not in the types of ws 8.18 yet.
    closeTimeout: limits.socketCloseMs,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols,
  };
}

/** Settles when the text has left this process, so that who waits for it sends no faster than is read. */
function send(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) resolve();
    else socket.send(text, (error) => (error ? reject(error) : resolve()));
  });
}
