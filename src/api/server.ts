import type { AddressInfo } from "node:net";
import type { FastifyInstance, FastifyPluginAsync } from "fastify";
import type { GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import { type Clock, systemClock } from "../platform/base/clock.js";
import type { EventBus, Topic } from "../platform/events/event-bus.js";
import type { TempDirs } from "../platform/files/temp-dirs.js";
import type { Metrics } from "../platform/metrics/metrics.js";
import type { MetricsEndpoint } from "../platform/metrics/metrics-endpoint.js";
import type { SharedCounter } from "../platform/rate-limit/shared-counter.js";
import { BrowserPages } from "./explorer/browser-pages.js";
import { addExplorerRoutes } from "./explorer/explorer-routes.js";
import { DocumentResolver } from "./graphql/documents/document-resolver.js";
import { PersistedQueries } from "./graphql/documents/persisted-queries.js";
import type { SharedDocuments } from "./graphql/documents/shared-documents.js";
import { TrustedDocuments } from "./graphql/documents/trusted-documents.js";
import { createGraphqlHttp } from "./graphql/graphql-http.js";
import { OperationCache } from "./graphql/operations/operation-cache.js";
import type { Authenticate, IsSessionLive } from "./http/context.js";
import { addCors } from "./http/cors.js";
import { ErrorFormatter } from "./http/format-error.js";
import { createHttpServer } from "./http/http-server.js";
import { AllowedOrigins } from "./http/origins.js";
import { RateLimit } from "./http/rate-limit.js";
import { RequestLog } from "./http/request-log.js";
import { operationSpan, traceRequests } from "./http/request-tracing.js";
import type { TrustProxy } from "./http/trust-proxy.js";
import { acceptUploads } from "./http/uploads.js";
import { type ApiLimits, apiLimits } from "./limits.js";
import { addAdminRoutes, type Readiness } from "./routes/admin-routes.js";
import { GraphqlWsServer } from "./ws/graphql-ws-server.js";
import { UpgradeRequests } from "./ws/upgrade-requests.js";

export interface ApiServerOptions {
  schema: GraphQLSchema;
  authenticate: Authenticate;
  /** Asked every few seconds for sessions that have sockets; if not given, they end by events alone. */
  isSessionLive?: IsSessionLive;
  bus: EventBus;
  /** A session that ended loses its sockets. */
  sessionEnded: Topic<{ sessionId: string }>;
  logger: Logger;
  metrics: Metrics;
  /** GET /metrics; null: it is served elsewhere. */
  metricsPage: MetricsEndpoint | null;
  /** Whether /metrics answers other machines than this one; it does if not given. */
  metricsPublic?: boolean;
  /** Whether requests can be served now; asked at every GET /readyz. */
  readiness: () => Promise<Readiness>;
  /** Where the files of one request are while they arrive, if it has several. */
  scratch: TempDirs;
  /** Routes of others: signed files, webhooks. */
  routes?: FastifyPluginAsync[];
  rateLimitPerMinute: number;
  /** Where the servers count requests together; its window is a minute. */
  requestCounter: SharedCounter;
  /** Introspection and "did you mean". */
  introspection: boolean;
  /** The page at /playground; none if not given. */
  explorer?: boolean;
  /** Documents that requests may name by an id, none if not given. `only`: nothing else runs. */
  trusted?: { documents: TrustedDocuments; only: boolean };
  /** Where all servers store documents by their hash; each has its own if not given. */
  persistedQueries?: SharedDocuments;
  /** The origins of web pages that may use the API; any if not given. */
  origins?: readonly string[] | "any";
  /** Whether people reach this server by https; they do not if not given. */
  https?: boolean;
  /** Which proxies are believed; none if not given. */
  trustProxy?: TrustProxy;
  clock?: Clock;
  limits?: Partial<ApiLimits>;
}

export interface ApiServer {
  readonly app: FastifyInstance;
  /** Answers with the port that it got. */
  listen(options: { host: string; port: number }): Promise<number>;
  /**
   * Takes no new work, lets running requests end, sends WebSockets away with 1001. Whatever is not
   * done within `drainMs` is cut.
   */
  close(): Promise<void>;
}

const noDocuments = { documents: new TrustedDocuments([]), only: false };

/** The API's edge: one port for HTTP and WebSocket. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { schema, authenticate, bus, sessionEnded, logger, metrics, introspection } = options;
  const clock = options.clock ?? systemClock;
  const limits = limitsOf(options);
  const formatter = new ErrorFormatter(logger, introspection);
  const { rateLimitPerMinute: requestsPerMinute, requestCounter: counter } = options;
  const rateLimit = new RateLimit({ requestsPerMinute, counter, logger, clock });
  const log = new RequestLog(logger, metrics);
  const operations = new OperationCache(schema, limits);
  const persisted = new PersistedQueries(options.persistedQueries ?? null, logger);
  const trusted = options.trusted ?? noDocuments;
  const documents = new DocumentResolver({ trusted, persisted, operations, limits });
  const shared = {
    schema,
    authenticate,
    rateLimit,
    formatter,
    introspection,
    documents,
    operations,
    limits,
    logger,
  };

  const origins = new AllowedOrigins(options.origins ?? "any");
  const app = createHttpServer({
    trustProxy: options.trustProxy,
    https: options.https,
    origins,
    limits,
    formatter,
  });
  log.watch(app);
  traceRequests(app);
  const http = await createGraphqlHttp(app, shared);
  const report = log.socketOperation.bind(log);
  const isSessionLive = options.isSessionLive ?? (async () => true);
  const sockets = new GraphqlWsServer({
    ...shared,
    isSessionLive,
    bus,
    sessionEnded,
    clock,
    metrics,
    report,
  });
  const upgrades = new UpgradeRequests(app, sockets, { origins, limits });
  const pages = new BrowserPages(options.explorer ?? false);

  app.register(async (graphql) => {
    acceptUploads(graphql, limits, options.scratch);
    await addCors(graphql, origins);
    graphql.options("/graphql", async (_request, reply) =>
      reply.code(204).header("allow", "GET, POST, OPTIONS").send(),
    );
    graphql.route({
      method: ["GET", "POST"],
      url: "/graphql",
      handler: async (request, reply) => {
        if (upgrades.take(request, reply)) return reply;
        const page = pages.answer(request, reply);
        if (page) return page;
        reply.header("cache-control", "no-store");
        return operationSpan(request.info, "internal", () => http.handle(request, reply));
      },
    });
  });
  addAdminRoutes(app, options);
  pages.addRoutes(app);
  if (options.explorer) addExplorerRoutes(app);
  for (const routes of options.routes ?? []) app.register(routes);

  return {
    app,
    async listen({ host, port }) {
      await app.listen({ host, port });
      return (app.server.address() as AddressInfo).port;
    },
    async close() {
      await Promise.all([drainHttp(app, limits.drainMs), sockets.drain(limits.drainMs)]);
      await http.stop();
    },
  };
}

/** Whoever is allowed more requests sends more messages, too. */
function limitsOf({ rateLimitPerMinute, limits }: ApiServerOptions): ApiLimits {
  const socketMessagesMax = apiLimits.socketMessagesMax + rateLimitPerMinute;
  return { ...apiLimits, socketMessagesMax, ...limits };
}

/** Connections that fall idle while the server stops are closed at once, the rest at the deadline. */
async function drainHttp(app: FastifyInstance, deadlineMs: number): Promise<void> {
  const idle = setInterval(() => app.server.closeIdleConnections(), 50);
  const cut = setTimeout(() => app.server.closeAllConnections(), deadlineMs);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
    clearTimeout(cut);
  }
}
