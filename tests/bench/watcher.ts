import { print } from "graphql";
import WebSocket from "ws";
import { TaskStatusDocument } from "../../src/generated/operations.js";
import type { Followed } from "./event-sources.js";

const query = print(TaskStatusDocument);

/** One socket that follows one task, and knows which revision it waits for. */
export class Watcher {
  revision = 1;
  /** Of what was changed and has not arrived. */
  awaited: { sinceMs: number; onReceived(ms: number): void } | null = null;

  private constructor(
    readonly followed: Followed,
    private readonly socket: WebSocket,
  ) {
    socket.on("message", (data) => this.take(String(data)));
  }

  /** Resolves when the task's state has arrived. */
  static open(url: string, followed: Followed): Promise<Watcher> {
    const address = `${url.replace(/^http/, "ws")}/graphql`;
    const socket = new WebSocket(address, "graphql-transport-ws", { perMessageDeflate: false });
    const send = (message: object) => socket.send(JSON.stringify(message));
    return new Promise((resolve, reject) => {
      socket.on("open", () =>
        send({ type: "connection_init", payload: { authorization: `Bearer ${followed.token}` } }),
      );
      socket.once("error", reject);
      socket.once("close", (status, reason) => reject(new Error(`closed: ${status} ${reason}`)));
      const start = (data: WebSocket.RawData) => {
        const { type } = JSON.parse(String(data)) as { type: string };
        if (type === "connection_ack") {
          send({
            id: "1",
            type: "subscribe",
            payload: { query, variables: { taskId: followed.taskId } },
          });
        } else if (type === "next") {
          socket.off("message", start);
          resolve(new Watcher(followed, socket));
        } else if (type !== "ping") reject(new Error(String(data)));
      };
      socket.on("message", start);
    });
  }

  expect(onReceived: (ms: number) => void): void {
    this.revision += 1;
    this.awaited = { sinceMs: performance.now(), onReceived };
  }

  end(): void {
    this.socket.removeAllListeners("close").terminate();
  }

  private take(text: string): void {
    if (text.includes('"ping"')) this.socket.send('{"type":"pong"}');
    const revision = Number(/"revision":(\d+)/.exec(text)?.[1]);
    if (!this.awaited || revision < this.revision) return;
    this.awaited.onReceived(performance.now() - this.awaited.sinceMs);
    this.awaited = null;
  }
}
