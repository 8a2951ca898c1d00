// A task generates one video. It is paid for, submitted to a vendor at most once, polled, ingested, and then
// settled or refunded exactly once, despite crashes, repeated calls and races.

export { taskChanged } from "./announce.js";
export { insertMadeTask } from "./made-tasks.js";
export { attemptsToReview, markReviewed, type OpenAttempt } from "./reconcile/reconcile.repository.js";
export { type Reconciliation, reconcileAttempts } from "./reconcile/reconcile-attempts.js";
export type { AfterCommit, RemixHooks } from "./remixes.js";
export type { RemixSource } from "./steps/create-tasks.repository.js";
export type { WebhookOutcome } from "./steps/receive-webhook.js";
export { TaskFeed } from "./task-feed.js";
export { taskChecks } from "./tasks.checks.js";
export { tasksSettings } from "./tasks.config.js";
export type {
  TaskContext,
  TaskLimits,
  WorkerContext,
} from "./tasks.context.js";
export { taskCrashPoints } from "./tasks.crash-points.js";
export { NotRemixable, PriceChanged } from "./tasks.errors.js";
export { Task } from "./tasks.graphql.js";
export { taskPrefix } from "./tasks.ids.js";
export { taskQueues } from "./tasks.jobs.js";
export { videoTaskRelation } from "./tasks.relations.js";
export { promptLengthMax, type TasksService } from "./tasks.service.js";
export { TasksOfVideos } from "./tasks-of-videos.js";
export { VendorHealth } from "./vendors/vendor-health.js";
