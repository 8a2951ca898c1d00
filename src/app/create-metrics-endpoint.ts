import { taskDatabaseMetrics } from "../modules/tasks/index.js";
import { ledgerMetrics } from "../modules/wallet/index.js";
import { jobMetrics } from "../platform/jobs/job-metrics.js";
import { connectionMetrics } from "../platform/metrics/connection-metrics.js";
import { DatabaseMetrics } from "../platform/metrics/database-metrics.js";
import type { Metrics } from "../platform/metrics/metrics.js";
import { MetricsEndpoint } from "../platform/metrics/metrics-endpoint.js";
import type { AppContext } from "./context.js";

/** All metrics: those of this process, and those that are read from the database. */
export function createMetricsEndpoint({
  config,
  db,
  metrics,
  logger,
}: Pick<AppContext, "config" | "db" | "logger"> & { metrics: Pick<Metrics, "registry"> }): MetricsEndpoint {
  const sources = [taskDatabaseMetrics(config.TASK_TIMEOUT_MS), ledgerMetrics, jobMetrics, connectionMetrics];
  const databaseMetrics = new DatabaseMetrics(db, metrics.registry, sources, logger);
  return new MetricsEndpoint(metrics.registry, databaseMetrics, logger);
}
