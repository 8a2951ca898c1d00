import { readdir } from "node:fs/promises";
import { type Client, type ClientOptions, createClient } from "graphql-ws";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { WebSocket } from "ws";
import { rateWindowSec } from "../../src/api/http/rate-limit.js";
import { type ApiServer, type ApiServerOptions, createApiServer } from "../../src/api/server.js";
import { sessionEnded } from "../../src/modules/accounts/index.js";
import { Unauthenticated } from "../../src/platform/base/common-errors.js";
import type { EventBus } from "../../src/platform/events/event-bus.js";
import { TempDirs } from "../../src/platform/files/temp-dirs.js";
import { createMetrics } from "../../src/platform/metrics/metrics.js";
import { MetricsEndpoint } from "../../src/platform/metrics/metrics-endpoint.js";
import { createLogger } from "../../src/platform/observability/logger.js";
import { toSharedCounter } from "../../src/platform/rate-limit/shared-counter.js";
import { LocalBus } from "../support/local-bus.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { edgeSchema, FakeResolvers } from "./edge-schema.js";

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: each test reads other fields
  body: any;
}

export interface EdgeApp {
  api: ApiServer;
  bus: EventBus;
  fakes: FakeResolvers;
  url: string;
  /** Every line logged so far, parsed. */
  log: Record<string, unknown>[];
  post(query: string, options?: { variables?: unknown; headers?: Record<string, string> }): Promise<Answer>;
  client(options?: Partial<ClientOptions>): Client;
  raw(options?: { protocol: string | undefined }): WebSocket;
  /** A gauge's value as /metrics shows it. */
  gauge(name: string): Promise<number | undefined>;
  /** The unread rest of uploads that are under way. */
  scratchFiles(): Promise<string[]>;
  close(): Promise<void>;
}

/**
 * The edge on a free port, with resolvers of the tests' own. A token "ana" proves the user "ana" and
 * the session "session-of-ana", for an hour; "ana:50" for 50 ms; "ana:-1" has expired; "bad" is invalid.
 */
export async function startEdge(options: Partial<ApiServerOptions> = {}): Promise<EdgeApp> {
  const log: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => log.push(JSON.parse(line)) };
  const fakes = new FakeResolvers();
  const bus = new LocalBus();
  const metrics = createMetrics();
  const folder = await temporaryFolder();
  const logger = await createLogger({ level: "debug", pretty: false, destination });
  const api = await createApiServer({
    schema: await edgeSchema(fakes),
    authenticate,
    bus,
    sessionEnded,
    logger,
    metrics,
    metricsPage: new MetricsEndpoint(metrics.registry, null, logger),
    readiness: async () => ({ ready: true, reasons: [] }),
    tempDirs: await TempDirs.open(folder.path),
    rateLimitPerMinute: 100_000,
    requestCounter: toSharedCounter(new RateLimiterMemory({ points: 1, duration: rateWindowSec })),
    introspection: true,
    ...options,
  });
  const url = `http://127.0.0.1:${await api.listen({ host: "127.0.0.1", port: 0 })}`;
  const socketUrl = `${url.replace("http", "ws")}/graphql`;
  return {
    api,
    bus,
    fakes,
    url,
    log,
    post: (query, { variables, headers } = {}) => post(url, { query, variables }, headers),
    client: (more) => createClient({ url: socketUrl, webSocketImpl: WebSocket, retryAttempts: 0, ...more }),
    raw: ({ protocol } = { protocol: "graphql-transport-ws" }) => new WebSocket(socketUrl, protocol),
    gauge: async (name) => (await metrics.registry.getSingleMetric(name)?.get())?.values[0]?.value,
    scratchFiles: () => readdir(folder.path),
    close: async () => {
      await api.close();
      await folder.remove();
    },
  };
}

async function authenticate(token: string) {
  const [userId = "", ms = "3600000"] = token.split(":");
  if (userId === "bad") throw new Unauthenticated();
  if (Number(ms) < 0) throw new Unauthenticated(`session-of-${userId}`);
  return { userId, sessionId: `session-of-${userId}`, expiresAt: new Date(Date.now() + Number(ms)) };
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Waits until it holds; fails after five seconds. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
