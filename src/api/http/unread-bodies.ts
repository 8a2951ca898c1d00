import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { PassThrough, type Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import type { ApiLimits } from "../limits.js";

type Bounds = Pick<ApiLimits, "unreadBytesMax" | "unreadMs">;

/**
 * Answers requests whose body is still arriving, as it is for most rejected requests. Closing a connection
 * with unread bytes resets it, and the reset overtakes the answer. So the answer is sent at once, and the
 * connection is closed when the client has sent the rest, which is dropped, or exceeds the bounds.
 */
export function answerUnreadRequests(app: FastifyInstance, bounds: Bounds): void {
  app.addHook("onSend", ({ raw, method }, reply, payload, done) => {
    const isWhole = typeof payload === "string" || Buffer.isBuffer(payload);
    if (!isWhole || method === "HEAD" || !isBodyArriving(raw)) {
      done(null, payload);
      return;
    }
    reply.headers({ connection: "close", "content-length": Buffer.byteLength(payload) });
    raw.unpipe();
    const answer = new PassThrough();
    answer.write(payload);
    dropRest(raw, bounds, () => answer.end());
    done(null, answer);
  });
}

function isBodyArriving(request: IncomingMessage): boolean {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  return !request.complete && (encoding !== undefined || Number(length) > 0);
}

/**
 * Sends `answer` and closes the connection once the client has stopped sending, so that the answer reaches
 * it. Further bytes are dropped.
 */
export function closeAfterReading(socket: Socket, bounds: Bounds, answer = ""): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  // Takes the connection away from Node's HTTP parser.
  socket.removeAllListeners("data");
  socket.on("error", () => socket.destroy());
  socket.end(answer);
  dropRest(socket, bounds, () => socket.destroy());
}

/** Reads and drops the rest. Calls `done` once: at its end, or when it exceeds a bound. */
function dropRest(source: Readable, { unreadBytesMax, unreadMs }: Bounds, done: () => void): void {
  let bytes = 0;
  const timer = setTimeout(finish, unreadMs);
  source.on("data", count).once("end", finish).once("close", finish);
  source.resume();

  function count(chunk: Buffer): void {
    bytes += chunk.length;
    if (bytes > unreadBytesMax) finish();
  }
  function finish(): void {
    clearTimeout(timer);
    source.off("data", count).off("end", finish).off("close", finish);
    done();
  }
}
