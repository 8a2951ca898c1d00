import { join } from "node:path";
import type { Logger } from "pino";
import type { Catalog } from "../modules/catalog/index.js";
import type { ModuleContext } from "../modules/module.js";
import { armCrashPoint } from "../platform/base/fault-injection.js";
import { DatabaseClock } from "../platform/db/database-clock.js";
import { connectDatabase, hasStatementLimit } from "../platform/db/index.js";
import { migrateDatabase } from "../platform/db/migrations.js";
import { type Pools, registerPoolMetrics } from "../platform/db/pool-metrics.js";
import { createBus } from "../platform/events/create-bus.js";
import { connectRedis } from "../platform/events/redis.js";
import { findFfmpegPath } from "../platform/ffmpeg/ffmpeg-path.js";
import { TempDirs } from "../platform/files/temp-dirs.js";
import { BossJobs } from "../platform/jobs/boss.js";
import type { AnyQueue } from "../platform/jobs/jobs.js";
import { WorkerLiveness } from "../platform/jobs/worker-liveness.js";
import { createMetrics } from "../platform/metrics/metrics.js";
import { createStorage } from "../platform/storage/create-storage.js";
import { MediaLinks } from "../platform/storage/media-links.js";
import { findAdapters } from "../vendors/adapter.js";
import { createVendorCallHistogram, InstrumentedVendor } from "../vendors/instrumented-vendor.js";
import type { VendorDirectory } from "../vendors/vendor-directory.js";
import type { Config } from "./config.js";
import { createCatalog, warnOfUnmakeable } from "./create-catalog.js";
import { createDatabase, type DatabaseAddress } from "./create-database.js";
import { createReads, type Reads } from "./create-read-router.js";
import { createTracing } from "./create-tracing.js";
import { createVendors } from "./create-vendors.js";
import { openKeyring } from "./secrets.js";
import type { Shutdown } from "./shutdown.js";

const poolSize = 16;
/** The job library's statements: their texts vary, so none is prepared, and its upkeep may take long. */
const jobsPool = { poolSize: 4, statementTimeoutMs: 60_000, acquireTimeoutMs: 10_000, prepare: false };

export interface ProcessRole {
  /** Whether this process runs the embedded database, or joins the one that runs already. */
  database: "own" | "join";
  worker: boolean;
}

/** The platform as this process has opened it, with the vendors: what modules, API and worker are made from. */
export interface AppContext extends ModuleContext<Config>, Reads {
  pools: Pools;
  database: DatabaseAddress;
  jobs: BossJobs;
  links: MediaLinks;
  /** Known once the server listens; links are made from it. */
  publicUrl: { value: string };
  catalog: Catalog;
  vendors: VendorDirectory;
}

/** Opens everything in the order in which it depends on one another, and brings the database up to date. */
export async function createAppContext(
  config: Config,
  { database: databaseRole, worker: hasWorkers, queues }: ProcessRole & { queues: readonly AnyQueue[] },
  logger: Logger,
  shutdown: Shutdown,
): Promise<AppContext> {
  armCrashPoint(config.CRASH_AT);
  await createTracing(config, logger, shutdown);
  const metrics = createMetrics();
  const adapters = await findAdapters();
  const catalog = createCatalog(config, adapters);
  const ffmpegPath = await findFfmpegPath({ setting: config.FFMPEG_PATH, searchPath: config.searchPath });
  const database = await createDatabase(config, databaseRole, shutdown);
  const { url, directUrl, pooled } = database;
  await migrateDatabase(directUrl);
  const { db, stats: use, close } = connectDatabase({ url, pooled, poolSize, applicationName: "skyriff" });
  shutdown.onShutdown("the database connections", close);
  const clock = await DatabaseClock.start(db, logger);
  shutdown.onShutdown("the database's clock", () => clock.stop());
  const pools = registerPoolMetrics(metrics.registry).set("main", use);
  if (pooled && !(await hasStatementLimit(db)))
    logger.warn(
      "the pool at DATABASE_URL sets no statement_timeout: give it a connect_query as docs/scaling.md says",
    );

  const redis = config.REDIS_URL ? connectRedis(config.REDIS_URL, logger) : null;
  shutdown.onShutdown("Redis", () => redis?.disconnect());
  const bus = createBus({ directUrl, redis }, logger);
  shutdown.onShutdown("the event bus", () => bus.close());
  bus.onLag((seconds) => metrics.eventLagSeconds.observe(seconds));
  await bus.listen();
  const jobsDb = connectDatabase({ url, pooled, applicationName: "skyriff-jobs", ...jobsPool });
  shutdown.onShutdown("the job queue's connections", jobsDb.close);
  pools.set("jobs", jobsDb.stats);
  const jobs = await BossJobs.start({ db: jobsDb.db, bus, logger, queues, supervise: hasWorkers });
  shutdown.onShutdown("the job queue", () => jobs.stop());

  const keyring = openKeyring(config.AUTH_SECRET, config.DATA_DIR);
  const publicUrl = { value: config.PUBLIC_URL ?? `http://localhost:${config.PORT}` };
  const links = new MediaLinks(keyring, () => publicUrl.value);
  const storage = await createStorage(config.storage, { links, clock, logger });
  const tempDirs = await TempDirs.open(join(config.DATA_DIR, "tmp"));
  const liveness = new WorkerLiveness(directUrl, db, logger);
  const opened = await createVendors(config, { adapters, ffmpegPath, hasWorkers }, logger, shutdown);
  const calls = createVendorCallHistogram(metrics.registry);
  const vendors = opened.mapVendors((vendor) => new InstrumentedVendor(vendor, calls));
  warnOfUnmakeable({ catalog, vendors, clock }, logger);
  const shared = { config, db, bus, clock, logger, metrics, pools };
  return {
    ...shared,
    ...createReads(shared, shutdown),
    ...{ redis, jobs, keyring, storage, tempDirs, ffmpegPath, liveness, hasWorkers },
    ...{ database, links, publicUrl, catalog, vendors },
  };
}
