import { startOperatorServer } from "../api/routes/admin-server.js";
import type { Core } from "./context.js";
import { openMetricsPage } from "./create-metrics-endpoint.js";
import { readinessOf } from "./readiness.js";
import type { Closers } from "./shutdown.js";

/** The operators' own port, if the settings name one. Answers with its address. */
export async function serveOperators(core: Core, closers: Closers): Promise<string | null> {
  const { METRICS_PORT: port, HOST: host } = core.config;
  if (port === undefined) return null;
  const parts = {
    metricsPage: openMetricsPage(core),
    metricsPublic: core.config.metricsPublic,
    readiness: readinessOf(core),
  };
  const server = await startOperatorServer(parts, { host, port });
  closers.add("the operators' port", () => server.close());
  return `http://${host.includes(":") ? `[${host}]` : host}:${server.port}`;
}
