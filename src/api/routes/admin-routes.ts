import type { FastifyInstance, FastifyRequest } from "fastify";
import { singleFlight } from "../../platform/async/single-flight.js";
import type { MetricsEndpoint } from "../../platform/metrics/metrics-endpoint.js";
import { isFromThisMachine } from "../http/local-request.js";

export interface Readiness {
  ready: boolean;
  /** Why it is not: "database", "migrations". */
  reasons: string[];
}

export interface AdminRoutesOptions {
  /** Null if another port serves the metrics. */
  metricsPage: MetricsEndpoint | null;
  /** Whether other machines may read /metrics. Default: true. */
  metricsPublic?: boolean;
  readiness: () => Promise<Readiness>;
}

/** /healthz, /readyz and /metrics, for load balancers and Prometheus. */
export function addAdminRoutes(
  app: FastifyInstance,
  { metricsPage, metricsPublic = true, readiness }: AdminRoutesOptions,
): void {
  const quiet = { config: { quiet: true } };
  // One check at a time, because the route has no rate limit.
  const checkReadiness = singleFlight(readiness);
  app.get("/healthz", quiet, async () => ({ status: "ok" }));

  app.get("/readyz", quiet, async (_request, reply) => {
    const { ready, reasons } = await checkReadiness();
    reply.code(ready ? 200 : 503);
    return { status: ready ? "ok" : "not ready", reasons };
  });

  if (!metricsPage) return;
  app.get("/metrics", quiet, async (request, reply) => {
    if (!metricsPublic && !(isFromThisMachine(request) && isLoopbackHost(request))) {
      reply.code(403).type("text/plain; charset=utf-8");
      return "/metrics answers this machine only. METRICS_PUBLIC=on opens it.\n";
    }
    reply.type(metricsPage.contentType);
    return metricsPage.text();
  });
}

/** A proxy on this machine that adds no header may still forward the Host of its client. */
function isLoopbackHost({ hostname }: FastifyRequest): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/i.test(hostname);
}
