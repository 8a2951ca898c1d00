import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { PassThrough, type Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import type { ApiLimits } from "../limits.js";

type Bounds = Pick<ApiLimits, "unreadBytesMax" | "unreadMs">;

/**
 * Answers a request whose body is still arriving, which is the case for most refusals. To close the
 * connection with bytes unread would reset it, and a reset overtakes the answer. So the answer is sent
 * at once, and its connection is closed when the client has sent the rest, which is dropped, or more
 * than the bounds allow.
 */
export function answerBeforeClosing(app: FastifyInstance, bounds: Bounds): void {
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
 * Ends a connection after `lastWords`, which reach a client that is still sending. Nothing that it sends
 * is looked at any more.
 */
export function endGently(socket: Socket, bounds: Bounds, lastWords = ""): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  // Takes the connection away from Node's HTTP parser.
  socket.removeAllListeners("data");
  socket.on("error", () => socket.destroy());
  socket.end(lastWords);
  dropRest(socket, bounds, () => socket.destroy());
}

/** Reads and drops. Calls `done` once: at the end, or when it is too much or takes too long. */
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
