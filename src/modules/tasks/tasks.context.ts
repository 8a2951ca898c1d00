import type { Logger } from "pino";
import type { Clock } from "../../platform/base/clock.js";
import type { Db } from "../../platform/db/index.js";
import type { BusEvents, EventBus } from "../../platform/events/event-bus.js";
import type { Jobs } from "../../platform/jobs/jobs.js";
import type { WorkerLiveness } from "../../platform/jobs/worker-liveness.js";
import type { VendorDirectory } from "../../vendors/vendor-directory.js";
import type { Catalog } from "../catalog/index.js";
import type { MediaService } from "../media/index.js";
import type { VideoFiles, VideoIngests } from "../videos/index.js";
import type { WalletService } from "../wallet/index.js";
import type { Creation, CreationCall } from "./creations.repository.js";
import type { TaskMetrics } from "./task-metrics.js";
import type { TaskRow } from "./tasks.repository.js";
import type { VendorHealth } from "./vendors/vendor-health.js";

/** What the steps of a task's life work with. */
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
  creations: Creations;
  limits: TaskLimits;
}

/** Where calls that make tasks are stored, many together. */
export interface Creations {
  create(call: CreationCall): Promise<Creation>;
  firstAnswerTo(call: Omit<CreationCall, "tasks">): Promise<Creation | null>;
}

/** What only a worker's steps need. */
export interface WorkerContext extends TaskContext {
  files: VideoFiles;
  ingests: VideoIngests;
  presence: WorkerLiveness;
}

export interface TaskLimits {
  taskTimeoutMs: number;
  maxConcurrentTasks: number;
  maxTasksPerDay: number;
  pollIntervalMs: number;
  videoBytesMax: number;
  fetchTimeLimitMs: number;
}

export function deadlineOf(saga: TaskContext, task: TaskRow): Date {
  return new Date(task.createdAt.getTime() + saga.limits.taskTimeoutMs);
}

export function isOverdue(saga: TaskContext, task: TaskRow): boolean {
  return saga.clock.now() >= deadlineOf(saga, task);
}

/** A vendor's late success is still taken in, but not for ever: our own trouble must not keep a hold open. */
const ingestGraceMs = 30 * 60_000;

export function isPastGrace(saga: TaskContext, task: TaskRow): boolean {
  return saga.clock.now().getTime() >= deadlineOf(saga, task).getTime() + ingestGraceMs;
}

/** A task makes one video at most, so they share one UUID (their public ids differ by their type). */
export function videoIdOf(task: { id: string }): string {
  return task.id;
}

/** Never past the deadline: that moment gets a look of its own. */
export function delayWithinDeadline(saga: TaskContext, task: TaskRow, delayMs: number): number {
  const leftMs = deadlineOf(saga, task).getTime() - saga.clock.now().getTime();
  return Math.max(0, Math.min(delayMs, leftMs));
}

/** How long the sweep lets a step be late before it believes that its job is lost. */
export const lateMs = 30_000;

export function checkExpectedIn(saga: TaskContext, delayMs: number): Date {
  return new Date(saga.clock.now().getTime() + delayMs + lateMs);
}

/** How soon after its end a task's vendor is asked what became of it. */
const firstReconcileMs = 5 * 60_000;

export function firstReconcileAt(saga: TaskContext): Date {
  return new Date(saga.clock.now().getTime() + firstReconcileMs);
}

/** After the commit: tells everybody who watches this task. */
export function announceTask(saga: TaskContext, task: TaskRow): void {
  saga.bus.publish("task-changed", changeOf(task));
}

/** After the commit that changed them. */
export function announceTasks(bus: EventBus, changed: readonly TaskRow[]): void {
  if (changed.length > 0) bus.publish("task-changed", ...changed.map(changeOf));
}

/** After the commit of new tasks: tells workers, and who watches their owners' tasks and wallets. */
export function announceNewTasks(bus: EventBus, made: readonly TaskRow[]): void {
  bus.publish("tasks-created", {});
  announceTasks(bus, made);
  bus.publish(
    "wallet-changed",
    ...[...new Set(made.map(({ userId }) => userId))].map((userId) => ({ userId })),
  );
}

function changeOf({ id: taskId, userId, revision }: TaskRow): BusEvents["task-changed"] {
  return { taskId, userId, revision };
}

/** After the commit that ended it: its owner's credits have moved too. */
export function announceEnd(saga: TaskContext, task: TaskRow): void {
  saga.metrics.ended(task);
  saga.wallets.announce(task.userId);
  announceTask(saga, task);
}
