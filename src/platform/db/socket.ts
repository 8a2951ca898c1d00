import { once } from "node:events";
import { Socket } from "node:net";
import type { Host } from "./address.js";

/** Limit for the TCP connection, and again for the login. */
export const connectTimeoutMs = 4_000;

class ConnectTimeout extends Error {
  readonly code = "CONNECT_TIMEOUT";

  constructor({ name, port }: Host) {
    super(`${name}:${port} did not answer within ${connectTimeoutMs} ms`);
  }
}

/** A socket for a server. postgres.js checks the server's TLS certificate against the socket's `host`. */
export function createSocket(host: Host): Socket {
  return Object.assign(new Socket(), { host: host.name });
}

export async function connectSocket(socket: Socket, host: Host): Promise<void> {
  const timer = setTimeout(() => socket.destroy(new ConnectTimeout(host)), connectTimeoutMs);
  try {
    socket.connect(host.port, host.name);
    await once(socket, "connect");
  } finally {
    clearTimeout(timer);
  }
}
