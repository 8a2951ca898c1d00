import { join } from "node:path";
import type { Redis } from "ioredis";
import type { Logger } from "pino";
import { AccountsService, accountsQueues, LoginLimits, loginWindowSec } from "../modules/accounts/index.js";
import { ConsoleSms, WebhookSms } from "../modules/accounts/sms.js";
import type { Catalog } from "../modules/catalog/index.js";
import { MediaService, mediaQueues } from "../modules/media/index.js";
import {
  observeCircuits,
  type TaskContext,
  TaskMetrics,
  taskQueues,
  VendorHealth,
} from "../modules/tasks/index.js";
import { videosQueues } from "../modules/videos/index.js";
import { WalletService } from "../modules/wallet/index.js";
import type { Clock } from "../platform/base/clock.js";
import { armCrashPoint } from "../platform/base/fault-injection.js";
import type { Keyring } from "../platform/crypto/keyring.js";
import { DatabaseClock } from "../platform/db/database-clock.js";
import { connectDatabase, type Db, hasStatementLimit } from "../platform/db/index.js";
import { migrateDatabase } from "../platform/db/migrations.js";
import { type Pools, registerPoolMetrics } from "../platform/db/pool-metrics.js";
import { createBus } from "../platform/events/create-bus.js";
import type { EventBus } from "../platform/events/event-bus.js";
import { connectRedis } from "../platform/events/redis.js";
import { findFfmpegPath } from "../platform/ffmpeg/ffmpeg-path.js";
import { TempDirs } from "../platform/files/temp-dirs.js";
import { BossJobs } from "../platform/jobs/boss.js";
import { createMetrics, type Metrics } from "../platform/metrics/metrics.js";
import { openSharedCounter } from "../platform/rate-limit/shared-counter.js";
import { createStorage } from "../platform/storage/create-storage.js";
import { MediaLinks } from "../platform/storage/media-links.js";
import type { Storage } from "../platform/storage/storage.js";
import { findAdapters } from "../vendors/find-adapters.js";
import { createVendorCallHistogram, InstrumentedVendor } from "../vendors/instrumented-vendor.js";
import type { VendorDirectory } from "../vendors/vendor-directory.js";
import type { Config } from "./config.js";
import { createCatalog, warnOfUnmakeable } from "./create-catalog.js";
import { createDatabase, type DatabaseAddress } from "./create-database.js";
import { createTracing } from "./create-tracing.js";
import { createVendors } from "./create-vendors.js";
import { openKeyring } from "./secrets.js";
import type { Shutdown } from "./shutdown.js";

/** A stored video at most; what a vendor sends beyond is cut off. */
const videoBytesMax = 512 * 1024 * 1024;
const fetchTimeLimitMs = 10 * 60_000;
const poolSize = 16;
/** The job library's statements: their texts vary, so none is prepared, and its upkeep may take long. */
const jobsPool = { poolSize: 4, statementTimeoutMs: 60_000, acquireTimeoutMs: 10_000, prepare: false };

/** Everything that the API and the worker share. */
export interface AppContext {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  pools: Pools;
  clock: Clock;
  database: DatabaseAddress;
  db: Db;
  /** Null where the settings name none. */
  redis: Redis | null;
  bus: EventBus;
  jobs: BossJobs;
  keyring: Keyring;
  links: MediaLinks;
  storage: Storage;
  catalog: Catalog;
  vendors: VendorDirectory;
  health: VendorHealth;
  wallets: WalletService;
  accounts: AccountsService;
  media: MediaService;
  scratch: TempDirs;
  taskContext: TaskContext;
  ffmpegPath: string;
  /** Known once the server listens; links are made from it. */
  publicUrl: { value: string };
}

/** Opens everything in the order in which it depends on one another, and brings the database up to date. */
export async function createAppContext(
  config: Config,
  role: { database: "own" | "join"; worker: boolean },
  logger: Logger,
  closers: Shutdown,
): Promise<AppContext> {
  armCrashPoint(config.CRASH_AT);
  await createTracing(config, logger, closers);
  const metrics = createMetrics();
  const adapters = await findAdapters();
  const catalog = createCatalog(config, adapters);
  const ffmpegPath = await findFfmpegPath({ setting: config.FFMPEG_PATH, searchPath: config.searchPath });
  const database = await createDatabase(config, role.database, closers);
  const { url, directUrl, pooled } = database;
  await migrateDatabase(directUrl);
  const { db, stats: use, close } = connectDatabase({ url, pooled, poolSize, applicationName: "skyriff" });
  closers.onShutdown("the database connections", close);
  const clock = await DatabaseClock.start(db, logger);
  closers.onShutdown("the database's clock", () => clock.stop());
  const pools = registerPoolMetrics(metrics.registry).set("main", use);
  if (pooled && !(await hasStatementLimit(db)))
    logger.warn(
      "the pool at DATABASE_URL sets no statement_timeout: give it a connect_query as docs/scaling.md says",
    );

  const redis = config.REDIS_URL ? connectRedis(config.REDIS_URL, logger) : null;
  closers.onShutdown("Redis", () => redis?.disconnect());
  const bus = createBus({ directUrl, redis }, logger);
  closers.onShutdown("the event bus", () => bus.close());
  bus.onLag((seconds) => metrics.eventLagSeconds.observe(seconds));
  await bus.listen();
  const queues = [...taskQueues, ...accountsQueues, ...mediaQueues, ...videosQueues];
  const jobsDb = connectDatabase({ url, pooled, applicationName: "skyriff-jobs", ...jobsPool });
  closers.onShutdown("the job queue's connections", jobsDb.close);
  pools.set("jobs", jobsDb.stats);
  const jobs = await BossJobs.start({ db: jobsDb.db, bus, logger, queues, supervise: role.worker });
  closers.onShutdown("the job queue", () => jobs.stop());

  const keyring = openKeyring(config.AUTH_SECRET, config.DATA_DIR);
  const publicUrl = { value: config.PUBLIC_URL ?? `http://localhost:${config.PORT}` };
  const links = new MediaLinks(keyring, () => publicUrl.value);
  const storage = await createStorage(config.storage, { links, clock, logger });
  const scratch = await TempDirs.open(join(config.DATA_DIR, "tmp"));
  const media = new MediaService({ db, storage, tempDirs: scratch, jobs, clock });
  const wallets = new WalletService(db, bus, config.signupCredits);
  const sms =
    config.SMS_WEBHOOK_URL && config.SMS_PROVIDER === "webhook"
      ? new WebhookSms(config.SMS_WEBHOOK_URL)
      : new ConsoleSms(logger);
  const loginCounter = (name: string) =>
    openSharedCounter({ db, redis }, { name, windowSec: loginWindowSec });
  const accounts = new AccountsService({
    db,
    clock,
    keyring,
    events: bus,
    sms,
    settings: config,
    limits: new LoginLimits({
      sentCodes: loginCounter("login-codes"),
      loginAttempts: loginCounter("login-tries"),
      settings: config,
      logger,
    }),
    logger,
    showsCodes: config.SMS_PROVIDER === "console" && !config.production,
    onUserCreated: (tx, userId) => wallets.open(tx, userId),
    findOwnImage: async (userId, id) => (await media.findByPublicId(userId, id))?.row.id ?? null,
  });

  const calls = createVendorCallHistogram(metrics.registry);
  const opened = await createVendors(
    config,
    { adapters, callsVendors: role.worker, ffmpegPath },
    logger,
    closers,
  );
  const vendors = opened.mapVendors((vendor) => new InstrumentedVendor(vendor, calls));
  warnOfUnmakeable({ catalog, vendors, clock }, logger);
  const health = new VendorHealth(db, vendors.all, logger);
  await health.start({ probe: role.worker });
  closers.onShutdown("the vendors' health", () => health.stop());
  observeCircuits(metrics.registry, health, vendors.all);
  const limits = {
    taskTimeoutMs: config.TASK_TIMEOUT_MS,
    maxConcurrentTasks: config.MAX_CONCURRENT_TASKS,
    maxTasksPerDay: config.MAX_TASKS_PER_DAY,
    pollIntervalMs: config.pollIntervalMs,
    videoBytesMax,
    fetchTimeLimitMs,
  };
  const deps = { db, bus, jobs, clock, logger, catalog, vendors, health, wallets, media };
  const taskContext = { ...deps, metrics: new TaskMetrics(metrics.registry), limits };

  const own = {
    config,
    metrics,
    pools,
    jobs,
    database,
    redis,
    keyring,
    links,
    storage,
    accounts,
    media,
    scratch,
    ffmpegPath,
    publicUrl,
  };
  return { ...deps, ...own, taskContext };
}
