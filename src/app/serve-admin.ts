import { startAdminServer } from "../api/routes/admin-server.js";
import type { App } from "./create-app.js";
import { createMetricsEndpoint } from "./create-metrics-endpoint.js";
import { readinessOf } from "./readiness.js";
import type { Shutdown } from "./shutdown.js";

/** The operators' own port, if the settings name one. Returns its address. */
export async function serveAdmin(app: App, shutdown: Shutdown): Promise<string | null> {
  const { METRICS_PORT: port, HOST: host } = app.config;
  if (port === undefined) return null;
  const parts = {
    metricsPage: createMetricsEndpoint(app),
    metricsPublic: app.config.metricsPublic,
    readiness: readinessOf(app),
  };
  const server = await startAdminServer(parts, { host, port });
  shutdown.onShutdown("the operators' port", () => server.close());
  return `http://${host.includes(":") ? `[${host}]` : host}:${server.port}`;
}
