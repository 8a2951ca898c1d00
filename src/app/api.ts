import type { FastifyPluginAsync } from "fastify";
import type { GraphQLSchema } from "graphql";
import { persistedQueryLimits } from "../api/graphql/documents/persisted-queries.js";
import { createSharedDocuments } from "../api/graphql/documents/shared-documents.js";
import { loadTrustedDocuments } from "../api/graphql/documents/trusted-documents.js";
import { NodeResolver } from "../api/graphql/node.resolver.js";
import { RateLimit, rateWindowSec } from "../api/http/rate-limit.js";
import { apiLimits } from "../api/limits.js";
import { mediaRoute } from "../api/routes/media-route.js";
import { type WebhookRouteOptions, webhookRoute } from "../api/routes/webhook-route.js";
import { type ApiServer, createApiServer } from "../api/server.js";
import { AccountsResolver, UserResolver, UserStatsResolver } from "../modules/accounts/accounts.resolver.js";
import { sessionEnded } from "../modules/accounts/index.js";
import { CatalogResolver } from "../modules/catalog/catalog.resolver.js";
import { MediaResolver } from "../modules/media/media.resolver.js";
import { ProjectsService } from "../modules/projects/index.js";
import { ProjectsResolver } from "../modules/projects/projects.resolver.js";
import {
  promptLengthMax,
  receiveWebhook,
  TaskFeed,
  TasksOfVideos,
  TasksService,
  videoTaskRelation,
} from "../modules/tasks/index.js";
import { TasksResolver } from "../modules/tasks/tasks.resolver.js";
import {
  DeletedVideoTaskResolver,
  MovedVideosTasksResolver,
  VideoTaskResolver,
} from "../modules/tasks/video-task.resolver.js";
import {
  DeleteVideoService,
  DownloadService,
  downloadPriceCredits,
  MoveVideosService,
  ProjectVideosService,
  VideoPages,
  VideosService,
} from "../modules/videos/index.js";
import {
  DeletedVideoProjectResolver,
  MovedVideosProjectsResolver,
  ProjectVideosResolver,
  VideoProjectResolver,
} from "../modules/videos/project-videos.resolver.js";
import { VideoChangesResolver } from "../modules/videos/video-changes.resolver.js";
import { VideosResolver } from "../modules/videos/videos.resolver.js";
import { createWalletFeed, type WalletFeed } from "../modules/wallet/index.js";
import { LedgerEntryResolver, WalletResolver } from "../modules/wallet/wallet.resolver.js";
import type { ReadRouter } from "../platform/lists/read-router.js";
import { openSharedCounter } from "../platform/rate-limit/shared-counter.js";
import type { AppContext } from "./context.js";
import { createMetricsEndpoint } from "./create-metrics-endpoint.js";
import { createReads } from "./create-read-router.js";
import { nodeFinders, subjectFinders } from "./node-finders.js";
import { readinessOf } from "./readiness.js";
import { type AnyResolver, createSchema } from "./schema.js";
import type { Shutdown } from "./shutdown.js";

const uploadBytesMax = 10 * 1024 * 1024;
const addressesShownAs: Record<string, string> = {
  "0.0.0.0": "localhost",
  "::": "localhost",
  "127.0.0.1": "localhost",
};

/** The schema, with the product behind it. */
export async function openSchema(core: AppContext, closers: Shutdown): Promise<GraphQLSchema> {
  const { bus, logger } = core;
  const feed = new TaskFeed(core.db, bus, logger);
  closers.onShutdown("the task feed", () => feed.close());
  const walletFeed = createWalletFeed(core.db, bus, logger);
  closers.onShutdown("the wallet feed", () => walletFeed.close());
  const { lists, wrote } = createReads(core, closers);
  return createSchema(resolversOf(core, feed, walletFeed, lists), {
    ...(wrote && {
      afterMutation: (userId) =>
        wrote(userId).catch((err) => logger.warn({ err }, "other servers may show this user older lists")),
    }),
  });
}

/** The API server, listening. Answers with the address that people open. */
export async function startApi(core: AppContext, closers: Shutdown): Promise<string> {
  const { config, logger, bus, clock, accounts } = core;
  const schema = await openSchema(core, closers);
  const trustedDocuments = loadTrustedDocuments(config.TRUSTED_DOCUMENTS_FILE);
  const unfit = trustedDocuments.findInvalid(schema).length;
  if (unfit > 0) logger.warn({ unfit }, "some trusted documents do not fit this schema and will be refused");
  const server: ApiServer = await createApiServer({
    schema,
    authenticate: (token) => accounts.authenticate(token),
    isSessionLive: (sessionId) => accounts.isSessionLive(sessionId),
    bus,
    sessionEnded,
    logger,
    metrics: core.metrics,
    metricsPage: config.METRICS_PORT === undefined ? createMetricsEndpoint(core) : null,
    metricsPublic: config.metricsPublic,
    readiness: readinessOf(core),
    scratch: core.scratch,
    routes: publicRoutes(core),
    rateLimitPerMinute: config.RATE_LIMIT_PER_MINUTE,
    requestCounter: openSharedCounter(core, { name: "requests", windowSec: rateWindowSec }),
    introspection: config.introspection,
    explorer: config.explorer,
    trusted: { documents: trustedDocuments, only: config.TRUSTED_DOCUMENTS === "only" },
    persistedQueries: createSharedDocuments(core.db, persistedQueryLimits),
    origins: config.origins,
    https: config.PUBLIC_URL?.startsWith("https:") ?? false,
    limits: { socketsPerAddressMax: config.SOCKETS_PER_ADDRESS },
    trustProxy: config.TRUST_PROXY,
    clock,
  });
  const port = await server.listen({ host: config.HOST, port: config.PORT });
  closers.onShutdown("the API", () => server.close());
  const here = `http://${addressesShownAs[config.HOST] ?? config.HOST}:${port}`;
  if (!config.PUBLIC_URL) core.publicUrl.value = here;
  return here;
}

/** Routes whose URLs are in responses. They also exist below PUBLIC_URL's path, in case no proxy strips it. */
function publicRoutes(core: AppContext): FastifyPluginAsync[] {
  const { config, storage, links, clock, logger } = core;
  const prefix = new URL(config.PUBLIC_URL ?? "http://localhost").pathname.replace(/\/+$/, "");
  const rateLimit = new RateLimit({
    requestsPerMinute: apiLimits.webhooksPerMinuteMax,
    counter: openSharedCounter(core, { name: "webhooks", windowSec: rateWindowSec }),
    logger,
    clock,
  });
  const receive: WebhookRouteOptions["receive"] = (vendor, call) =>
    receiveWebhook(core.taskContext, vendor, call);
  return [...new Set(["", prefix])].map(
    (at): FastifyPluginAsync =>
      async (app) => {
        app.register((scope) => mediaRoute(scope, { storage, links, clock }), { prefix: at });
        app.register((scope) => webhookRoute(scope, { receive, rateLimit, clock }), { prefix: at });
      },
  );
}

function resolversOf(
  core: AppContext,
  feed: TaskFeed,
  walletFeed: WalletFeed,
  lists: ReadRouter,
): AnyResolver[] {
  const { db, storage, clock, wallets, logger, accounts, config, media } = core;
  const tasks = new TasksService(core.taskContext, feed, lists);
  const pages = new VideoPages(lists, [videoTaskRelation]);
  const videos = new VideosService({ db, pages, storage, clock });
  const projects = new ProjectsService({ db, lists, clock });
  const videoTasks = new TasksOfVideos(core.bus);
  const deletions = new DeleteVideoService({
    ...{ db, storage, jobs: core.jobs, clock, logger },
    tasks: videoTasks,
  });
  const downloads = new DownloadService({ db, storage, wallets, clock, logger });
  const nodes = { core, projects, tasks, videos };
  const fixedPricing = {
    noWatermarkDownloadCredits: downloadPriceCredits,
    maxPromptLength: promptLengthMax,
    maxConcurrentTasks: config.MAX_CONCURRENT_TASKS,
    maxTasksPerDay: config.MAX_TASKS_PER_DAY,
    maxUploadBytes: uploadBytesMax,
  };
  const isVendorWell = (name: string) => {
    const vendor = core.vendors.findByCatalogName(name);
    return vendor !== null && core.health.isHealthy(vendor.name);
  };
  return [
    new AccountsResolver(accounts),
    new UserResolver(media),
    new UserStatsResolver({ countVideos: videos.loadCountByUser }),
    new WalletResolver(wallets, walletFeed),
    new LedgerEntryResolver(subjectFinders(nodes)),
    new CatalogResolver(core.catalog, clock, fixedPricing, isVendorWell),
    new TasksResolver(tasks, videos, projects, media),
    new VideoTaskResolver(tasks),
    new MovedVideosTasksResolver(tasks),
    new DeletedVideoTaskResolver(tasks),
    new VideosResolver(videos, downloads),
    new MediaResolver(media),
    new ProjectsResolver(projects),
    new ProjectVideosResolver(new ProjectVideosService(lists, pages)),
    new VideoProjectResolver(projects),
    new MovedVideosProjectsResolver(projects),
    new DeletedVideoProjectResolver(projects),
    new VideoChangesResolver(new MoveVideosService(db, videoTasks), deletions),
    new NodeResolver(nodeFinders(nodes)),
  ];
}
