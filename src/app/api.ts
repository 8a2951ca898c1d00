import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyPluginAsync } from "fastify";
import type { GraphQLSchema } from "graphql";
import { persistedQueryLimits } from "../api/graphql/documents/persisted-queries.js";
import { createSharedDocuments } from "../api/graphql/documents/shared-documents.js";
import { loadTrustedDocuments } from "../api/graphql/documents/trusted-documents.js";
import { NodeResolver } from "../api/graphql/node.resolver.js";
import { RateLimit, rateWindowSec } from "../api/http/rate-limit.js";
import { apiLimits } from "../api/limits.js";
import { mediaRoute } from "../api/routes/media-route.js";
import { webhookRoute } from "../api/routes/webhook-route.js";
import { type ApiServer, createApiServer } from "../api/server.js";
import type { StudioOptions } from "../api/studio/studio-page.js";
import { sessionEnded } from "../modules/accounts/index.js";
import { NodeRegistry } from "../platform/graphql/node-registry.js";
import { openSharedCounter } from "../platform/rate-limit/shared-counter.js";
import { endOfTomorrow } from "../platform/storage/media-links.js";
import type { App } from "./create-app.js";
import { createMetricsEndpoint } from "./create-metrics-endpoint.js";
import { readinessOf } from "./readiness.js";
import { createSchema } from "./schema.js";
import type { Shutdown } from "./shutdown.js";

const addressesShownAs: Record<string, string> = {
  "0.0.0.0": "localhost",
  "::": "localhost",
  "127.0.0.1": "localhost",
};

/** The schema, with the product behind it. */
export function openSchema({ moduleList, markWritten, logger }: App): Promise<GraphQLSchema> {
  const nodes = new NodeRegistry();
  for (const module of moduleList) nodes.add(module.nodes ?? []);
  const resolvers = [...moduleList.flatMap((module) => module.resolvers), new NodeResolver(nodes)];
  return createSchema(resolvers, {
    ...(markWritten && {
      afterMutation: (userId) =>
        markWritten(userId).catch((err) =>
          logger.warn({ err }, "other servers may show this user older lists"),
        ),
    }),
  });
}

/** The API server, listening. Returns the address to open in a browser. */
export async function startApi(app: App, shutdown: Shutdown): Promise<string> {
  const { config, logger, bus, clock } = app;
  const { authenticator } = app.modules.accounts.service;
  const schema = await openSchema(app);
  const trustedDocuments = loadTrustedDocuments(config.TRUSTED_DOCUMENTS_FILE);
  // The documents that ship fit: a test proves it, so a start need not.
  const unfit = config.TRUSTED_DOCUMENTS_FILE ? trustedDocuments.findInvalid(schema).length : 0;
  if (unfit > 0) logger.warn({ unfit }, "some trusted documents do not fit this schema and will be refused");
  const server: ApiServer = await createApiServer({
    schema,
    authenticate: (token) => authenticator.authenticate(token),
    isSessionLive: async (sessionId) => authenticator.isLive(sessionId),
    bus,
    sessionEnded,
    logger,
    metrics: app.metrics,
    metricsPage: config.METRICS_PORT === undefined ? createMetricsEndpoint(app) : null,
    metricsPublic: config.metricsPublic,
    readiness: readinessOf(app),
    tempDirs: app.tempDirs,
    routes: publicRoutes(app),
    rateLimitPerMinute: config.RATE_LIMIT_PER_MINUTE,
    requestCounter: openSharedCounter(app, { name: "requests", windowSec: rateWindowSec }),
    introspection: config.introspection,
    explorer: config.explorer,
    studio: findStudio(app),
    basePath: config.PUBLIC_URL && new URL(config.PUBLIC_URL).pathname.replace(/\/+$/, ""),
    trusted: { documents: trustedDocuments, only: config.TRUSTED_DOCUMENTS === "only" },
    persistedQueries: createSharedDocuments(app.db, persistedQueryLimits),
    origins: config.origins,
    https: config.PUBLIC_URL?.startsWith("https:") ?? false,
    limits: { socketsPerAddressMax: config.SOCKETS_PER_ADDRESS },
    trustProxy: config.TRUST_PROXY,
    clock,
  });
  const port = await server.listen({ host: config.HOST, port: config.PORT });
  shutdown.onShutdown("the API", () => server.close());
  const here = `http://${addressesShownAs[config.HOST] ?? config.HOST}:${port}`;
  if (!config.PUBLIC_URL) app.publicUrl.value = here;
  return here;
}

/** Where the build puts the studio, seen from the sources and from the build alike. */
const studioFolder = fileURLToPath(new URL("../../dist/studio", import.meta.url));

/** Null with STUDIO=off, and if the studio is not built. */
function findStudio({ config, storage, clock, publicUrl, logger }: App): StudioOptions | null {
  if (config.STUDIO === "off") return null;
  if (!existsSync(join(studioFolder, "index.html"))) {
    logger.warn("the studio is not built, so it is not served: npm run build");
    return null;
  }
  const mediaOrigins = async () => {
    const expiresAt = endOfTomorrow(clock.now());
    const links = [publicUrl.value, await storage.linkTo("any-file", { expiresAt })];
    return links.map((link) => new URL(link).origin);
  };
  return { folder: studioFolder, mediaOrigins };
}

/** Routes whose URLs are in responses. */
function publicRoutes(app: App): FastifyPluginAsync[] {
  const { storage, links, clock, logger, modules } = app;
  const rateLimit = new RateLimit({
    requestsPerMinute: apiLimits.webhooksPerMinuteMax,
    counter: openSharedCounter(app, { name: "webhooks", windowSec: rateWindowSec }),
    logger,
    clock,
  });
  const receive = modules.tasks.receiveWebhook;
  return [
    async (server) => mediaRoute(server, { storage, links, clock }),
    async (server) => webhookRoute(server, { receive, rateLimit, clock }),
  ];
}
