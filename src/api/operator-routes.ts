import type { FastifyInstance } from "fastify";
import type { MetricsPage } from "../platform/metrics-page.js";
import { oneAtATime } from "../platform/one-at-a-time.js";

export interface Readiness {
  ready: boolean;
  /** Why not, for operators: "database", "migrations". */
  reasons: string[];
}

export interface OperatorParts {
  /** Null where the figures have a port of their own. */
  metricsPage: MetricsPage | null;
  readiness: () => Promise<Readiness>;
}

/** What load balancers and Prometheus ask. */
export function addOperatorRoutes(app: FastifyInstance, { metricsPage, readiness }: OperatorParts): void {
  const quiet = { config: { quiet: true } };
  // Anybody can ask, as often as they like.
  const look = oneAtATime(readiness);
  app.get("/healthz", quiet, async () => ({ status: "ok" }));

  app.get("/readyz", quiet, async (_request, reply) => {
    const { ready, reasons } = await look();
    reply.code(ready ? 200 : 503);
    return { status: ready ? "ok" : "not ready", reasons };
  });

  if (!metricsPage) return;
  app.get("/metrics", quiet, async (_request, reply) => {
    reply.type(metricsPage.contentType);
    return metricsPage.text();
  });
}
