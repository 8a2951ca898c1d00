// A task generates one video. It is paid for, submitted to a vendor at most once, polled, ingested, and then
// settled or refunded exactly once, despite crashes, repeated calls and races.

export { TaskDispatcher } from "./dispatch/task-dispatcher.js";
export { taskDatabaseMetrics } from "./metrics/task-database-metrics.js";
export { observeCircuits, TaskMetrics } from "./metrics/task-metrics.js";
export { attemptsToReview, markReviewed, type OpenAttempt } from "./reconcile/reconcile.repository.js";
export { type Reconciliation, reconcileAttempts } from "./reconcile/reconcile-attempts.js";
export { receiveWebhook, type WebhookOutcome } from "./steps/receive-webhook.js";
export { TaskFeed } from "./task-feed.js";
export { taskJobHandlers } from "./task-job-handlers.js";
export { taskChecks } from "./tasks.checks.js";
export { tasksSettings } from "./tasks.config.js";
export type {
  TaskContext,
  TaskLimits,
  WorkerContext,
} from "./tasks.context.js";
export { taskCrashPoints } from "./tasks.crash-points.js";
export { taskPrefix } from "./tasks.ids.js";
export { taskQueues } from "./tasks.jobs.js";
export { videoTaskRelation } from "./tasks.relations.js";
export { promptLengthMax, TasksService } from "./tasks.service.js";
export { taskChanged } from "./tasks.topics.js";
export { TasksOfVideos } from "./tasks-of-videos.js";
export { VendorHealth } from "./vendors/vendor-health.js";
