import type { Logger } from "pino";
import type { Clock } from "../../platform/base/clock.js";
import type { Db } from "../../platform/db/index.js";
import type { EventBus } from "../../platform/events/event-bus.js";
import type { Jobs } from "../../platform/jobs/jobs.js";
import type { WorkerLiveness } from "../../platform/jobs/worker-liveness.js";
import type { VendorDirectory } from "../../vendors/vendor-directory.js";
import type { Catalog } from "../catalog/index.js";
import type { MediaService } from "../media/index.js";
import type { VideoFiles, VideoIngests } from "../videos/index.js";
import type { WalletService } from "../wallet/index.js";
import type { TaskMetrics } from "./metrics/task-metrics.js";
import type { RemixHooks } from "./remixes.js";
import type { VendorHealth } from "./vendors/vendor-health.js";

/** The dependencies of every step of a task's life. */
export interface TaskContext {
  db: Db;
  bus: EventBus;
  jobs: Jobs;
  clock: Clock;
  logger: Logger;
  catalog: Catalog;
  vendors: VendorDirectory;
  health: VendorHealth;
  wallets: WalletService;
  media: MediaService;
  metrics: TaskMetrics;
  remixes: RemixHooks;
  limits: TaskLimits;
}

/** The further dependencies of the steps that only workers run. */
export interface WorkerContext extends TaskContext {
  files: VideoFiles;
  ingests: VideoIngests;
  liveness: WorkerLiveness;
}

export interface TaskLimits {
  taskTimeoutMs: number;
  maxConcurrentTasks: number;
  maxTasksPerDay: number;
  pollIntervalMs: number;
  videoBytesMax: number;
  fetchTimeLimitMs: number;
}
