import { taskFigures } from "../modules/tasks/index.js";
import { ledgerFigures } from "../modules/wallet/index.js";
import { databaseFigures } from "../platform/database-figures.js";
import { SharedFigures } from "../platform/figures.js";
import { queueFigures } from "../platform/jobs/queue-figures.js";
import { MetricsPage } from "../platform/metrics-page.js";
import type { Core } from "./core.js";

/** All figures that there are: this process's own, and those that are read from the database. */
export function openMetricsPage({ config, db, metrics, logger }: Core): MetricsPage {
  const sources = [taskFigures(config.TASK_TIMEOUT_MS), ledgerFigures, queueFigures, databaseFigures];
  const figures = new SharedFigures(db, metrics.registry, sources, logger);
  return new MetricsPage(metrics.registry, figures, logger);
}
