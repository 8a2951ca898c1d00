import type { Redis } from "ioredis";
import type { Logger } from "pino";
import type { Clock } from "../platform/base/clock.js";
import type { Keyring } from "../platform/crypto/keyring.js";
import type { Db } from "../platform/db/index.js";
import type { EventBus } from "../platform/events/event-bus.js";
import type { TempDirs } from "../platform/files/temp-dirs.js";
import type { NodeType } from "../platform/graphql/node-registry.js";
import type { AnyJobHandler, Jobs } from "../platform/jobs/jobs.js";
import type { WorkerLiveness } from "../platform/jobs/worker-liveness.js";
import type { ReadRouter } from "../platform/lists/read-router.js";
import type { MetricSource } from "../platform/metrics/database-metrics.js";
import type { Metrics } from "../platform/metrics/metrics.js";
import type { Storage } from "../platform/storage/storage.js";

/** The parts that every module is created from: its settings, and the platform as this process has opened it. */
export interface ModuleContext<Settings = unknown> {
  config: Settings;
  db: Db;
  /** Null where the settings name none. */
  redis: Redis | null;
  lists: ReadRouter;
  bus: EventBus;
  jobs: Jobs;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  keyring: Keyring;
  storage: Storage;
  tempDirs: TempDirs;
  ffmpegPath: string;
  liveness: WorkerLiveness;
  /** Whether this process has workers, which run jobs and call vendors. */
  hasWorkers: boolean;
}

/** The parts that a module gives to the app. Its `create…Module` also returns the services that other modules use. */
export interface Module {
  /** One instance of each of its resolver classes. */
  resolvers: readonly object[];
  /** The types that `node` and `nodes` find. */
  nodes?: readonly NodeType[];
  /** The types that a line of the statement can be about, deleted objects included. */
  subjects?: readonly NodeType[];
  /** The handlers of its queues. Only processes with workers run them. */
  jobs?: readonly AnyJobHandler[];
  /** Figures for `/metrics` that are read from the database. */
  metrics?: readonly MetricSource[];
  /** Started in processes with workers, once the jobs run. */
  startWorker?(): { stop(): Promise<void> };
  /** When the process stops, before the platform closes. */
  close?(): Promise<void> | void;
}
