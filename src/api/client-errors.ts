import type { Socket } from "node:net";
import type { ErrorCode } from "../platform/app-error.js";

interface Refusal {
  status: string;
  code: ErrorCode;
  message: string;
}

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
 * What never became a request is answered by hand, in the shape of all other errors, and its
 * connection is closed. Nobody knows its language.
 */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  // Gone, or an answer has begun: anything more would be read as a part of it.
  if (error.code === "ECONNRESET" || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const { status, code, message } = refusals[error.code ?? ""] ?? unreadable;
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  const head = [
    `HTTP/1.1 ${status}`,
    "content-type: application/json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
