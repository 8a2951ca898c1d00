import { createClient, type Client as Socket } from "graphql-ws";
import { useEffect, useState, useSyncExternalStore } from "react";
import { root, socketUrl } from "./root";
import { session } from "./session";
import { language } from "./words";

/** The access token has expired: refresh it and connect again. */
const tokenExpired = 4440;
/** The session has ended. */
const forbidden = 4403;
/** An interruption is shown after this time; most end sooner. */
const patienceMs = 2_000;
/** Without an answer, the server is asked for one this often. */
const probeMs = 3_000;
const pingMs = 10_000;
const pongMs = 5_000;

const resyncs = new Set<() => void>();
const listeners = new Set<() => void>();
let isReachable = navigator.onLine;

/** Calls back whenever events may have been missed: the socket is new, or the page is seen again. */
export function onResync(listener: () => void): () => void {
  resyncs.add(listener);
  return () => resyncs.delete(listener);
}

function resync(): void {
  for (const listener of resyncs) listener();
}

let isNewlyConnected = false;

/**
 * Called with the first event of a subscription that tells how things are. From here on nothing is missed, so
 * the queries from before are sent again.
 */
export function reportListening(): void {
  if (isNewlyConnected) resync();
  isNewlyConnected = false;
}

/** Called by the client and the socket when they reach the server, or cannot. */
export function reportReachable(reachable: boolean): void {
  if (reachable === isReachable) return;
  // An answer that was under way when the network went away says nothing about now.
  if (reachable && !navigator.onLine) return void probe();
  set(reachable);
}

let isProbing = false;

/** A server on the same machine can be reached without a network. */
async function probe(): Promise<void> {
  if (isProbing) return;
  isProbing = true;
  const signal = AbortSignal.timeout(probeMs);
  const response = await fetch(root, { method: "HEAD", cache: "no-store", signal }).catch(() => null);
  isProbing = false;
  if (!response?.ok || isReachable) return;
  set(true);
  // Users' sockets do it when they are back.
  if (session.userId === null) resync();
}

/** Visitors have no socket that comes back by itself. */
setInterval(() => {
  if (!isReachable) void probe();
}, probeMs);

function set(reachable: boolean): void {
  isReachable = reachable;
  for (const listener of listeners) listener();
}

window.addEventListener("offline", () => reportReachable(false));
window.addEventListener("online", () => {
  reportReachable(true);
  resync();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") resync();
});

/** True when the server could not be reached for two seconds. */
export function useOffline(): boolean {
  const reachable = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => isReachable,
  );
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    setLong(false);
    if (reachable) return;
    const timer = setTimeout(setLong, patienceMs, true);
    return () => clearTimeout(timer);
  }, [reachable]);
  return !reachable && isLong;
}

/** The socket for subscriptions. It opens with the first one and comes back after every cut. */
export function createSocket(): Socket {
  let sent: string | undefined;
  let isExpired = false;
  let pong: ReturnType<typeof setTimeout> | undefined;
  let socket: WebSocket | undefined;
  const client = createClient({
    url: socketUrl,
    keepAlive: pingMs,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: (retries) => new Promise((done) => retryTimer(done, Math.min(8_000, 300 * 2 ** retries))),
    shouldRetry: (event) => (event as { code?: number }).code !== forbidden,
    async connectionParams() {
      if (isExpired || session.isExpired) await session.refresh(sent ?? session.authorization);
      isExpired = false;
      sent = session.authorization;
      return { ...(sent && { authorization: sent }), acceptLanguage: language() };
    },
    on: {
      connected(opened) {
        socket = opened as WebSocket;
        isNewlyConnected = true;
        reportReachable(true);
      },
      ping(received) {
        if (!received) pong = setTimeout(() => socket?.close(4408, "no answer"), pongMs);
      },
      pong(received) {
        if (received) clearTimeout(pong);
      },
      closed(event) {
        const { code } = event as { code: number };
        if (code === tokenExpired) isExpired = true;
        if (code === forbidden && sent === session.authorization) session.end("ended");
        if (code !== 1000 && code !== tokenExpired && code !== forbidden) reportReachable(false);
      },
    },
  });
  return client;
}

/** Waits, but not longer than until the browser is online again. */
function retryTimer(done: () => void, waitMs: number): void {
  const finish = () => {
    clearTimeout(timer);
    window.removeEventListener("online", finish);
    done();
  };
  const timer = setTimeout(finish, waitMs);
  window.addEventListener("online", finish);
}
