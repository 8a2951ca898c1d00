import type { FastifyInstance } from "fastify";
import type { Metrics } from "../platform/metrics.js";

export interface Readiness {
  ready: boolean;
  /** Why not, for operators: "database", "migrations". */
  reasons: string[];
}

/** What load balancers and Prometheus ask. */
export function addOperatorRoutes(
  app: FastifyInstance,
  metrics: Metrics,
  readiness: () => Promise<Readiness>,
): void {
  const quiet = { config: { quiet: true } };
  app.get("/healthz", quiet, async () => ({ status: "ok" }));

  app.get("/readyz", quiet, async (_request, reply) => {
    const { ready, reasons } = await readiness();
    reply.code(ready ? 200 : 503);
    return { status: ready ? "ok" : "not ready", reasons };
  });

  app.get("/metrics", quiet, async (_request, reply) => {
    reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
}
