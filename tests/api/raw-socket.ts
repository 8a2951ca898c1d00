import { once } from "node:events";
import type { WebSocket } from "ws";
import { type EdgeApp, until } from "./edge-app.js";

/** How a socket was closed, once it is. */
export async function closeOf(socket: WebSocket): Promise<{ code: number; reason: string }> {
  const [code, reason] = await once(socket, "close");
  return { code, reason: String(reason) };
}

/** A socket that speaks the protocol by hand, and remembers what it was told. */
export async function rawSocket(edge: EdgeApp, init: unknown = {}) {
  const socket = edge.raw();
  // biome-ignore lint/suspicious/noExplicitAny: what a test looks into is up to the test
  const messages: any[] = [];
  socket.on("message", (data) => messages.push(JSON.parse(String(data))));
  const closed = closeOf(socket);
  await once(socket, "open");
  const send = (message: unknown) => socket.send(JSON.stringify(message));
  send({ type: "connection_init", payload: init });
  return { socket, messages, closed, send };
}

/** The same, once it is acknowledged. */
export async function joinedSocket(edge: EdgeApp, init: unknown = {}) {
  const joined = await rawSocket(edge, init);
  await until(() => joined.messages[0]?.type === "connection_ack", "it is acknowledged");
  return joined;
}
