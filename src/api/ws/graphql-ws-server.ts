import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { handleProtocols, makeServer, type Server } from "graphql-ws";
import type { Logger } from "pino";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import type { EventBus, Topic } from "../../platform/events/event-bus.js";
import { errorForLog } from "../../platform/observability/error-for-log.js";
import type { IsSessionLive } from "../http/context.js";
import type { ApiLimits } from "../limits.js";
import { closeCodes } from "./close-codes.js";
import { Connection, type SocketOrigin } from "./connection.js";
import { Connections } from "./connections.js";
import { type Extra, type ProtocolOptions, SocketProtocol } from "./protocol.js";

/** Pings sent in one turn of the event loop, so that events do not wait for all of them. */
const pingBatchMax = 20;

interface GraphqlWsOptions extends ProtocolOptions {
  isSessionLive: IsSessionLive;
  bus: EventBus;
  /** The sockets of an ended session are closed. */
  sessionEnded: Topic<{ sessionId: string }>;
  logger: Logger;
}

/** GraphQL over WebSocket: graphql-transport-ws (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md). */
export class GraphqlWsServer {
  private readonly connections: Connections;
  private readonly protocol: Server<Extra>;
  private readonly server: WebSocketServer;
  private readonly pings: NodeJS.Timeout;
  private readonly stopListening: () => void;

  constructor(private readonly options: GraphqlWsOptions) {
    const { limits, bus, sessionEnded } = options;
    this.connections = new Connections(limits);
    this.protocol = makeServer(new SocketProtocol(options, this.connections).hooks());
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

  /** Closes all sockets, each as soon as its running queries and mutations are answered. */
  async drain(deadlineMs: number): Promise<void> {
    clearInterval(this.pings);
    this.stopListening();
    const until = performance.now() + deadlineMs;
    while (this.connections.size > 0 && performance.now() < until) {
      for (const connection of this.connections) {
        connection.accepting = false;
        if (connection.pending.size === 0) connection.close(closeCodes.goingAway);
      }
      await sleep(20);
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
    this.options.metrics.openSockets.set(this.connections.size);
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
    // ws itself closes with the right code after a protocol error, an oversized message or invalid UTF-8.
    socket.on("error", (error) => this.options.logger.debug({ err: errorForLog(error) }, "websocket error"));
    socket.once("close", (code, reason) => {
      this.connections.remove(connection);
      this.options.metrics.openSockets.set(this.connections.size);
      void closed(code, String(reason));
    });
  }

  /**
   * Messages after the start of a close are ignored, even those of the same TCP chunk. A client that sends
   * without reading is disconnected before its results fill the memory.
   */
  private receive(connection: Connection, text: string, receive: (text: string) => Promise<void>): void {
    const { limits } = this.options;
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
      if (isTooDeep(error)) return connection.close(closeCodes.invalidMessage);
      this.options.logger.warn({ err: errorForLog(error) }, "websocket message failed; the socket is closed");
      connection.close(closeCodes.tryAgainLater);
    });
  }

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

  /** Finds sessions whose end was published while this server was disconnected from the event bus. */
  private async endDeadSessions(): Promise<void> {
    await Promise.all(
      this.connections.sessions().map(async (sessionId) => {
        // If the database is unavailable, the next check is soon.
        const live = await this.options.isSessionLive(sessionId).catch(() => true);
        if (!live) this.connections.endSession(sessionId);
      }),
    );
  }
}

function serverOptions(limits: ApiLimits): ServerOptions & { closeTimeout: number } {
  return {
    noServer: true,
    maxPayload: limits.messageBytesMax,
    // Missing in the types of ws 8.18.
    closeTimeout: limits.socketCloseMs,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols,
  };
}

/** A payload nested so deeply that serializing it (a pong repeats it) overflows the stack. */
function isTooDeep(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes("call stack");
}

/** Settles when the text has left this process, so that callers send no faster than the client reads. */
function send(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) resolve();
    else socket.send(text, (error) => (error ? reject(error) : resolve()));
  });
}
