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
import { type StudioOptions, StudioPage } from "./studio/studio-page.js";
import { addStudioRoutes } from "./studio/studio-routes.js";
import { GraphqlWsServer } from "./ws/graphql-ws-server.js";
import { UpgradeRequests } from "./ws/upgrade-requests.js";

export interface ApiServerOptions {
  /** Calls the methods of resolvers as platform/graphql/optimize-schema.ts says. */
  schema: GraphQLSchema;
  authenticate: Authenticate;
  /** Called every few seconds for sessions that have sockets. If not given, they end by events alone. */
  isSessionLive?: IsSessionLive;
  bus: EventBus;
  /** A session that ended loses its sockets. */
  sessionEnded: Topic<{ sessionId: string }>;
  logger: Logger;
  metrics: Metrics;
  /** GET /metrics. Null if another port serves it. */
  metricsPage: MetricsEndpoint | null;
  /** Whether other machines may read /metrics. Default: true. */
  metricsPublic?: boolean;
  /** Called for GET /readyz. */
  readiness: () => Promise<Readiness>;
  /** Holds the files of a request with several files while they arrive. */
  tempDirs: TempDirs;
  /** Further routes: signed files, webhooks. */
  routes?: FastifyPluginAsync[];
  rateLimitPerMinute: number;
  /** Counts the requests to all servers. Its window is a minute. */
  requestCounter: SharedCounter;
  /** Introspection and "did you mean". */
  introspection: boolean;
  /** The page at /playground. Default: none. */
  explorer?: boolean;
  /** The web studio at "/". Default: none. */
  studio?: StudioOptions | null;
  /** The path of PUBLIC_URL, without a slash at its end. Default: none. */
  basePath?: string;
  /** Documents that requests may name by an id. `only`: no others run. Default: none. */
  trusted?: { documents: TrustedDocuments; only: boolean };
  /** Documents by their hash, for all servers. Default: each server has its own. */
  persistedQueries?: SharedDocuments;
  /** The origins of web pages that may use the API. Default: any. */
  origins?: readonly string[] | "any";
  /** Whether PUBLIC_URL is https. Default: false. */
  https?: boolean;
  /** Trusted proxies. Default: none. */
  trustProxy?: TrustProxy;
  clock?: Clock;
  limits?: Partial<ApiLimits>;
}

export interface ApiServer {
  readonly app: FastifyInstance;
  /** Resolves to the port. */
  listen(options: { host: string; port: number }): Promise<number>;
  /**
   * Accepts no new work, lets running requests end, and closes WebSockets with 1001. After `drainMs` it
   * cuts the remaining connections.
   */
  close(): Promise<void>;
}

const noDocuments = { documents: new TrustedDocuments([]), only: false };

/** The API on one port, for HTTP and WebSocket. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { schema, authenticate, bus, sessionEnded, logger, metrics, introspection } = options;
  const clock = options.clock ?? systemClock;
  const limits = getLimits(options);
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
  const studio = options.studio ?? null;
  const studioPage = studio && new StudioPage(studio);
  const app = createHttpServer({
    basePath: options.basePath,
    answerUnknown: (request, reply) => studioPage?.answerUnknown(request, reply) ?? null,
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
    acceptUploads(graphql, limits, options.tempDirs);
    await addCors(graphql, origins);
    graphql.options("/graphql", async (_request, reply) =>
      reply.code(204).header("allow", "GET, POST, OPTIONS").send(),
    );
    graphql.route({
      method: ["GET", "POST"],
      url: "/graphql",
      handler: async (request, reply) => {
        if (upgrades.take(request, reply)) return reply;
        // A GET with a query string is a GraphQL request.
        const page = request.url.includes("?") ? null : pages.answer(request, reply);
        if (page) return page;
        reply.header("cache-control", "no-store");
        return operationSpan(request.info, "internal", () => http.handle(request, reply));
      },
    });
  });
  addAdminRoutes(app, options);
  pages.addRoutes(app, { root: !studio });
  if (studio && studioPage) addStudioRoutes(app, studioPage, studio);
  // Relative addresses of the page need the slash.
  if (options.basePath) {
    const name = options.basePath.slice(options.basePath.lastIndexOf("/") + 1);
    app.get(options.basePath, async (_request, reply) => reply.redirect(`${name}/`, 308));
  }
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

/** A higher limit of requests allows more messages of a socket, too. */
function getLimits({ rateLimitPerMinute, limits }: ApiServerOptions): ApiLimits {
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
