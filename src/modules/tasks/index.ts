// Tasks are the life of one video: ordered and paid for, asked of a vendor at most once, followed,
// brought home, and then settled or refunded exactly once, whatever crashes, repeats or races.

export { taskOfVideo } from "./companions.js";
export { HandOut } from "./hand-out.js";
export { attemptsToReview, markReviewed, type OpenAttempt } from "./late-answers.repository.js";
export type { Saga, SagaLimits, WorkerSaga } from "./saga.js";
export { askLateAnswers, type LateAnswer } from "./steps/ask-late-answers.js";
export { type Heard, hearVendor } from "./steps/hear-vendor.js";
export { TaskCreations } from "./task-creations.js";
export { TaskFeed } from "./task-feed.js";
export { taskFigures } from "./task-figures.js";
export { taskJobHandlers } from "./task-job-handlers.js";
export { observeCircuits, TaskMetrics } from "./task-metrics.js";
export { taskChecks } from "./tasks.checks.js";
export { tasksSettings } from "./tasks.config.js";
export { taskQueues } from "./tasks.jobs.js";
export { promptLengthMax, TasksService } from "./tasks.service.js";
export { TasksOfVideos } from "./tasks-of-videos.js";
export { VendorHealth } from "./vendor-health.js";
