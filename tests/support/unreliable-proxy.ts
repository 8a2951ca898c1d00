import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A proxy in front of a server that can refuse connections for a while. */
export class UnreliableProxy {
  private server: Server | null = null;
  private port = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly target: { host: string; port: number }) {}

  static async inFrontOf(url: string): Promise<UnreliableProxy> {
    const { hostname: host, port } = new URL(url);
    const proxy = new UnreliableProxy({ host, port: Number(port) });
    await proxy.allow();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async allow(): Promise<void> {
    this.server = createServer((socket) => this.join(socket, connect(this.target)));
    this.server.listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Refuses new connections and closes the open ones. */
  async refuse(): Promise<void> {
    const { server } = this;
    if (!server) return;
    this.server = null;
    const closed = once(server, "close");
    server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private join(...ends: [Socket, Socket]): void {
    const [here, there] = ends;
    for (const socket of ends) {
      this.sockets.add(socket);
      socket
        .on("error", () => {})
        .on("close", () => {
          this.sockets.delete(socket);
          for (const end of ends) end.destroy();
        });
    }
    here.pipe(there).pipe(here);
  }
}
