import { findOwn } from "../../platform/graphql/node-registry.js";
import type { VendorDirectory } from "../../vendors/vendor-directory.js";
import type { Catalog } from "../catalog/index.js";
import type { MediaService } from "../media/index.js";
import type { Module, ModuleContext } from "../module.js";
import type { ProjectsService } from "../projects/index.js";
import { type VideoFiles, VideoIngests, type VideosService } from "../videos/index.js";
import type { WalletService } from "../wallet/index.js";
import { TaskDispatcher } from "./dispatch/task-dispatcher.js";
import { taskDatabaseMetrics } from "./metrics/task-database-metrics.js";
import { observeCircuits, TaskMetrics } from "./metrics/task-metrics.js";
import type { RemixHooks } from "./remixes.js";
import { receiveWebhook } from "./steps/receive-webhook.js";
import { TaskFeed } from "./task-feed.js";
import { taskJobHandlers } from "./task-job-handlers.js";
import type { TasksSettings } from "./tasks.config.js";
import type { TaskContext, WorkerContext } from "./tasks.context.js";
import { taskPrefix } from "./tasks.ids.js";
import { TasksResolver } from "./tasks.resolver.js";
import { TasksService } from "./tasks.service.js";
import { VendorHealth } from "./vendors/vendor-health.js";
import {
  DeletedVideoTaskResolver,
  MovedVideosTasksResolver,
  VideoTaskResolver,
} from "./video-task.resolver.js";

/** A stored video at most; what a vendor sends beyond is cut off. */
const videoBytesMax = 512 * 1024 * 1024;
const fetchTimeLimitMs = 10 * 60_000;

interface TasksModuleDependencies {
  vendors: VendorDirectory;
  catalog: Catalog;
  wallets: WalletService;
  projects: ProjectsService;
  media: MediaService;
  videos: VideosService;
  files: VideoFiles;
  remixes: RemixHooks;
}

export async function createTasksModule(
  context: ModuleContext<TasksSettings & { pollIntervalMs: number }>,
  { projects, videos, files, ...others }: TasksModuleDependencies,
) {
  const { config, db, bus, jobs, clock, logger, lists, metrics, hasWorkers } = context;
  const { vendors, media } = others;
  const health = new VendorHealth(db, vendors, logger);
  await health.start({ probe: hasWorkers });
  observeCircuits(metrics.registry, health, vendors.all);
  const taskContext: TaskContext = {
    ...{ db, bus, jobs, clock, logger, ...others, health },
    metrics: new TaskMetrics(metrics.registry),
    limits: {
      taskTimeoutMs: config.TASK_TIMEOUT_MS,
      maxConcurrentTasks: config.MAX_CONCURRENT_TASKS,
      maxTasksPerDay: config.MAX_TASKS_PER_DAY,
      pollIntervalMs: config.pollIntervalMs,
      videoBytesMax,
      fetchTimeLimitMs,
    },
  };
  const ingests = new VideoIngests({ db, jobs, logger });
  const workerContext: WorkerContext = { ...taskContext, files, ingests, liveness: context.liveness };
  const feed = new TaskFeed(db, bus, logger);
  const service = new TasksService(taskContext, lists);
  const tasks = { prefix: taskPrefix, find: findOwn(service.loadTasks) };
  return {
    context: taskContext,
    ...{ health, service },
    receiveWebhook: receiveWebhook.bind(null, taskContext),
    resolvers: [
      new TasksResolver(service, feed, videos, projects, media),
      new VideoTaskResolver(service),
      new MovedVideosTasksResolver(service),
      new DeletedVideoTaskResolver(service),
    ],
    nodes: [tasks],
    subjects: [tasks],
    jobs: taskJobHandlers(workerContext),
    metrics: [taskDatabaseMetrics(config.TASK_TIMEOUT_MS)],
    startWorker: () => new TaskDispatcher(workerContext),
    close: () => {
      feed.close();
      health.stop();
    },
  } satisfies Module & Record<string, unknown>;
}
