import type { FastifyInstance, FastifyRequest } from "fastify";
import { singleFlight } from "../../platform/async/single-flight.js";
import type { MetricsEndpoint } from "../../platform/metrics/metrics-endpoint.js";
import { isFromThisMachine } from "../http/local-request.js";

export interface Readiness {
  ready: boolean;
  /** Why not, for operators: "database", "migrations". */
  reasons: string[];
}

export interface AdminRoutesOptions {
  /** Null where the figures have a port of their own. */
  metricsPage: MetricsEndpoint | null;
  /** Whether /metrics answers other machines than this one; it does if not given. */
  metricsPublic?: boolean;
  readiness: () => Promise<Readiness>;
}

/** What load balancers and Prometheus ask. */
export function addAdminRoutes(
  app: FastifyInstance,
  { metricsPage, metricsPublic = true, readiness }: AdminRoutesOptions,
): void {
  const quiet = { config: { quiet: true } };
  // Anybody can ask, as often as they like.
  const look = singleFlight(readiness);
  app.get("/healthz", quiet, async () => ({ status: "ok" }));

  app.get("/readyz", quiet, async (_request, reply) => {
    const { ready, reasons } = await look();
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

/** A proxy on this machine that adds no header of its own may still pass on the name that it was asked by. */
function isLoopbackHost({ hostname }: FastifyRequest): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/i.test(hostname);
}
