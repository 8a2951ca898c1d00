import { startAdminServer } from "../api/routes/admin-server.js";
import type { AppContext } from "./context.js";
import { createMetricsEndpoint } from "./create-metrics-endpoint.js";
import { readinessOf } from "./readiness.js";
import type { Shutdown } from "./shutdown.js";

/** The operators' own port, if the settings name one. Answers with its address. */
export async function serveAdmin(core: AppContext, closers: Shutdown): Promise<string | null> {
  const { METRICS_PORT: port, HOST: host } = core.config;
  if (port === undefined) return null;
  const parts = {
    metricsPage: createMetricsEndpoint(core),
    metricsPublic: core.config.metricsPublic,
    readiness: readinessOf(core),
  };
  const server = await startAdminServer(parts, { host, port });
  closers.onShutdown("the operators' port", () => server.close());
  return `http://${host.includes(":") ? `[${host}]` : host}:${server.port}`;
}
