import { taskFigures } from "../modules/tasks/index.js";
import { ledgerFigures } from "../modules/wallet/index.js";
import { queueFigures } from "../platform/jobs/queue-metrics.js";
import { databaseFigures } from "../platform/metrics/connection-metrics.js";
import { DatabaseMetrics } from "../platform/metrics/database-metrics.js";
import type { Metrics } from "../platform/metrics/metrics.js";
import { MetricsPage } from "../platform/metrics/metrics-endpoint.js";
import type { Core } from "./context.js";

/** All figures that there are: this process's own, and those that are read from the database. */
export function openMetricsPage({
  config,
  db,
  metrics,
  logger,
}: Pick<Core, "config" | "db" | "logger"> & { metrics: Pick<Metrics, "registry"> }): MetricsPage {
  const sources = [taskFigures(config.TASK_TIMEOUT_MS), ledgerFigures, queueFigures, databaseFigures];
  const figures = new DatabaseMetrics(db, metrics.registry, sources, logger);
  return new MetricsPage(metrics.registry, figures, logger);
}
