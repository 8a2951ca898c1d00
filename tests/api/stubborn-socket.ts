import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/**
 * A WebSocket client on a bare connection that answers pings and ignores close frames: it goes on sending
 * until the server cuts it off.
 */
export class StubbornSocket {
  /** Everything that the server has sent, as text. */
  received = "";
  private pongs = 0;
  readonly cut: Promise<unknown>;

  private constructor(readonly stream: Socket) {
    stream.on("data", (chunk) => {
      this.received += chunk.toString("latin1");
      this.answerPings();
    });
    stream.on("error", () => {});
    this.cut = new Promise((resolve) => stream.once("close", resolve));
  }

  static async open(url: string): Promise<StubbornSocket> {
    const { hostname, port } = new URL(url);
    // It does not hang up by itself when the server does.
    const stream = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const client = new StubbornSocket(stream);
    stream.write(
      `GET /graphql HTTP/1.1\r\nhost: ${hostname}\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
        `sec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString("base64")}\r\n` +
        "sec-websocket-protocol: graphql-transport-ws\r\n\r\n",
    );
    await client.receives("HTTP/1.1 101");
    return client;
  }

  async receives(text: string): Promise<void> {
    while (!this.received.includes(text)) {
      await this.more(text);
    }
  }

  async join(init: unknown = {}): Promise<void> {
    this.send({ type: "connection_init", payload: init });
    await this.receives("connection_ack");
  }

  /** All messages in one piece, so that they arrive together. */
  send(...messages: unknown[]): void {
    this.write(...messages.map(frame));
  }

  write(...frames: Buffer[]): void {
    if (!this.stream.destroyed) this.stream.write(Buffer.concat(frames));
  }

  /** Sends these again and again until it is cut off. */
  async sendUntilCut(...messages: unknown[]): Promise<void> {
    const sending = setInterval(() => this.send(...messages), 5);
    await this.cut;
    clearInterval(sending);
  }

  /** The code of the close frame, which must come. */
  async closeCode(): Promise<number> {
    for (;;) {
      const close = this.frames().find(({ opcode }) => opcode === 8);
      if (close) return close.payload.readUInt16BE();
      await this.more("a close frame");
    }
  }

  private async more(awaited: string): Promise<void> {
    if (this.stream.readableEnded || this.stream.destroyed)
      throw new Error(`the connection ended before ${awaited}: ${this.received}`);
    await Promise.race([once(this.stream, "data"), once(this.stream, "end"), this.cut]);
  }

  private answerPings(): void {
    const pings = this.frames().filter(({ opcode }) => opcode === 9).length;
    for (; this.pongs < pings; this.pongs += 1) this.write(rawFrame(0x8a, Buffer.alloc(0)));
  }

  private frames(): { opcode: number; payload: Buffer }[] {
    return framesOf(Buffer.from(this.received, "latin1"));
  }
}

/** The whole frames after the answer to the upgrade, shorter than 64 KiB and without masks. */
function framesOf(received: Buffer): { opcode: number; payload: Buffer }[] {
  const frames: { opcode: number; payload: Buffer }[] = [];
  const head = received.indexOf("\r\n\r\n");
  let at = head < 0 ? received.length : head + 4;
  while (at + 2 <= received.length) {
    const short = received.readUInt8(at + 1);
    const begin = at + (short === 126 ? 4 : 2);
    if (begin > received.length) break;
    const end = begin + (short === 126 ? received.readUInt16BE(at + 2) : short);
    if (end > received.length) break;
    frames.push({ opcode: received.readUInt8(at) & 15, payload: received.subarray(begin, end) });
    at = end;
  }
  return frames;
}

/** A masked text frame (RFC 6455, section 5.2). */
export function frame(message: unknown): Buffer {
  const payload = Buffer.from(typeof message === "string" ? message : JSON.stringify(message));
  return rawFrame(0x81, payload);
}

export function rawFrame(firstByte: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head[0] = firstByte;
  head[1] = 0x80 | 126;
  head.writeUInt16BE(payload.length, 2);
  // The mask is all zeros, which leaves the payload as it is.
  return Buffer.concat([head, payload]);
}
