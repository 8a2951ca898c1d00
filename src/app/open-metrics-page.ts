import { taskFigures } from "../modules/tasks/index.js";
import { ledgerFigures } from "../modules/wallet/index.js";
import { databaseFigures } from "../platform/database-figures.js";
import { DatabaseMetrics } from "../platform/figures.js";
import { queueFigures } from "../platform/jobs/queue-figures.js";
import type { Metrics } from "../platform/metrics.js";
import { MetricsPage } from "../platform/metrics-page.js";
import type { Core } from "./core.js";

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
