import { jobMetrics } from "../platform/jobs/job-metrics.js";
import { connectionMetrics } from "../platform/metrics/connection-metrics.js";
import { DatabaseMetrics } from "../platform/metrics/database-metrics.js";
import { MetricsEndpoint } from "../platform/metrics/metrics-endpoint.js";
import type { App } from "./create-app.js";

/** All metrics: those of this process, and those that are read from the database. */
export function createMetricsEndpoint({ db, metrics, logger, moduleList }: App): MetricsEndpoint {
  const sources = [...moduleList.flatMap((module) => module.metrics ?? []), jobMetrics, connectionMetrics];
  return new MetricsEndpoint(
    metrics.registry,
    new DatabaseMetrics(db, metrics.registry, sources, logger),
    logger,
  );
}
