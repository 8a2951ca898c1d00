import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { ErrorCode } from "../../platform/base/app-error.js";
import type { ApiLimits } from "../limits.js";
import type { AllowedOrigins } from "./origins.js";
import { closeAfterReading } from "./unread-bodies.js";

interface Refusal {
  status: string;
  code: ErrorCode;
  message: string;
}

/** Node's error. Those of the parser have the rejected bytes. */
type ClientError = Error & { code?: string; rawPacket?: unknown };

const refusals: Record<string, Refusal> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: "408 Request Timeout",
    code: "BAD_REQUEST",
    message: "The request took too long to arrive.",
  },
  HPE_HEADER_OVERFLOW: {
    status: "431 Request Header Fields Too Large",
    code: "PAYLOAD_TOO_LARGE",
    message: "The headers are too large.",
  },
};

const unreadable: Refusal = {
  status: "400 Bad Request",
  code: "BAD_REQUEST",
  message: "This is no HTTP request.",
};

/**
 * Answers requests that Node's parser rejects, in the form of all other errors, and closes their connection.
 * The messages are English: Accept-Language cannot be read.
 */
export class MalformedRequests {
  /** Requests that are not answered completely, by connection. */
  private readonly open = new WeakMap<Socket, Set<ServerResponse>>();
  private readonly refused = new WeakSet<Socket>();

  constructor(
    private readonly origins: AllowedOrigins,
    private readonly limits: ApiLimits,
  ) {}

  watch(server: Server): void {
    server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
      const open = this.open.get(socket) ?? new Set();
      this.open.set(socket, open.add(response));
      response.once("close", () => open.delete(response));
    });
  }

  readonly answer = (error: ClientError, socket: Socket): void => {
    if (this.refused.has(socket)) return;
    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    this.refused.add(socket);
    const open = [...(this.open.get(socket) ?? [])];
    // The rejected request has been answered already: a second answer would be read as part of the first.
    if (open.some(({ req, headersSent }) => !req.complete && headersSent)) {
      socket.destroy();
      return;
    }
    const refuse = () => closeAfterReading(socket, this.limits, this.text(error));
    // Whole requests that came before on this connection are answered first.
    const previous = open.findLast(({ req }) => req.complete);
    if (previous) previous.once("close", refuse);
    else refuse();
  };

  private text(error: ClientError): string {
    const { status, code, message } = refusals[error.code ?? ""] ?? unreadable;
    const limitBytes = code === "PAYLOAD_TOO_LARGE" ? this.limits.headerBytesMax : undefined;
    const body = JSON.stringify({ errors: [{ message, extensions: { code, limitBytes } }] });
    const head = [
      `HTTP/1.1 ${status}`,
      "content-type: application/json; charset=utf-8",
      `content-length: ${Buffer.byteLength(body)}`,
      "connection: close",
      "x-content-type-options: nosniff",
      ...this.corsHeaders(error.rawPacket),
    ];
    return `${head.join("\r\n")}\r\n\r\n${body}`;
  }

  /** With a list of origins: if the rejected bytes hold the page's origin. */
  private corsHeaders(refused: unknown): string[] {
    if (this.origins.any) return ["access-control-allow-origin: *"];
    const headers = Buffer.isBuffer(refused) ? refused.toString("latin1") : "";
    const [origin, host] = [headerOf(headers, "origin"), headerOf(headers, "host")];
    const allowed = origin !== null && this.origins.allows(origin, host ?? "");
    return ["vary: origin", ...(allowed ? [`access-control-allow-origin: ${origin}`] : [])];
  }
}

function headerOf(text: string, name: string): string | null {
  return new RegExp(`^${name}:[ \\t]*([\\x21-\\x7e]+)[ \\t]*\\r?$`, "im").exec(text)?.[1] ?? null;
}
