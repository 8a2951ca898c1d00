import { once } from "node:events";
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";

/** A proxy in front of a server whose connections can be cut, stalled and healed. */
export class TcpProxy {
  private readonly pairs = new Set<[Socket, Socket]>();
  private readonly lost = new Set<[Socket, Socket]>();
  private state: "open" | "stalled" | "refusing" = "open";
  private readonly server = createServer({ pauseOnConnect: true }, (client) => this.accept(client));

  private constructor(private target: { host: string; port: number }) {}

  static async inFrontOf(url: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(hostOf(url));
    proxy.server.listen(0, "127.0.0.1");
    await once(proxy.server, "listening");
    return proxy;
  }

  /** The URL with this proxy's host and port. */
  through(url: string): string {
    const { port } = this.server.address() as AddressInfo;
    return Object.assign(new URL(url), { hostname: "127.0.0.1", port: String(port) }).toString();
  }

  /** Sends new connections to another server. */
  redirectTo(url: string): void {
    this.target = hostOf(url);
  }

  get connections(): number {
    return this.pairs.size;
  }

  /** Resets every open connection. New ones work. */
  cut(): void {
    for (const [client] of this.pairs) client.resetAndDestroy();
  }

  /** Resets every connection, also new ones, like a host on which nothing listens. */
  refuse(): void {
    this.state = "refusing";
    this.cut();
  }

  /** Stops passing bytes on, without closing connections. */
  stall(): void {
    this.state = "stalled";
    for (const pair of this.pairs) for (const socket of pair) socket.pause();
  }

  /** Stops passing bytes on open connections forever. New ones work. */
  stallOpenConnections(): void {
    for (const pair of this.pairs) {
      for (const socket of pair) socket.pause();
      this.lost.add(pair);
    }
    this.pairs.clear();
  }

  heal(): void {
    this.state = "open";
    for (const pair of this.pairs) for (const socket of pair) socket.resume();
  }

  async close(): Promise<void> {
    this.server.close();
    for (const [client] of [...this.pairs, ...this.lost]) client.resetAndDestroy();
    await once(this.server, "close");
  }

  private accept(client: Socket): void {
    if (this.state === "refusing") {
      client.resetAndDestroy();
      return;
    }
    const server = dial(this.target);
    const pair: [Socket, Socket] = [client, server];
    this.pairs.add(pair);
    for (const [from, to] of [pair, [server, client] as const]) {
      from.on("data", (bytes) => void to.write(bytes));
      from.on("end", () => to.end());
      from.on("error", () => {});
      from.once("close", () => {
        to.destroy();
        this.pairs.delete(pair);
      });
    }
    for (const socket of pair) {
      if (this.state === "stalled") socket.pause();
      else socket.resume();
    }
  }
}

function hostOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
