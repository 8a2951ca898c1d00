import { connect, type Socket } from "node:net";
import type { Lane } from "./measure.js";

const headEnd = Buffer.from("\r\n\r\n");

/** The bytes of a request, made once and sent often. */
export function requestOf(url: string, token: string, query: string, variables: object = {}): Buffer {
  const { host } = new URL(url);
  const body = JSON.stringify({ query, variables });
  return Buffer.from(
    [
      "POST /graphql HTTP/1.1",
      `Host: ${host}`,
      "Content-Type: application/json",
      "Accept: application/json",
      `Authorization: Bearer ${token}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      "",
      body,
    ].join("\r\n"),
  );
}

/**
 * A keep-alive connection with one request under way, on a bare socket: a client library would cost
 * more than the server. It takes answers with a Content-Length alone, as ours are.
 */
export class HttpLane implements Lane {
  private received: Buffer | null = null;
  private waiting: { resolve(): void; reject(error: Error): void } | null = null;

  private constructor(
    private readonly socket: Socket,
    private readonly next: () => Buffer,
  ) {
    socket.on("data", (data) => this.take(data));
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => this.fail(new Error("the server hung up")));
  }

  static open(url: string, next: () => Buffer): Promise<HttpLane> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname).setNoDelay(true).once("error", reject);
      socket.once("connect", () => resolve(new HttpLane(socket, next)));
    });
  }

  once(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) throw new Error("the connection is lost");
      this.waiting = { resolve, reject };
      this.socket.write(this.next());
    });
  }

  end(): void {
    this.socket.end();
  }

  private take(data: Buffer): void {
    this.received = this.received ? Buffer.concat([this.received, data]) : data;
    const headBytes = this.received.indexOf(headEnd);
    if (headBytes < 0) return;
    const head = this.received.toString("latin1", 0, headBytes);
    const length = /content-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) {
      this.fail(new Error(`an answer without its length: ${head}`));
      return;
    }
    const bodyStart = headBytes + headEnd.length;
    if (this.received.length < bodyStart + Number(length)) return;
    const body = this.received.subarray(bodyStart);
    this.received = null;
    const isGood = head.startsWith("HTTP/1.1 200") && !body.includes('"errors"') && body.includes('"data":{');
    if (isGood) this.waiting?.resolve();
    else this.waiting?.reject(new Error(body.toString("utf8").slice(0, 300)));
    this.waiting = null;
  }

  private fail(error: Error): void {
    this.waiting?.reject(error);
    this.waiting = null;
  }
}
