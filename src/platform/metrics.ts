import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** Figures for Prometheus. Every label takes a bounded number of values, whatever clients send. */
export interface Metrics {
  readonly registry: Registry;
  /** Seconds from the first byte in to the last byte out, by route, operation and status. */
  readonly httpRequestSeconds: Histogram<"method" | "route" | "operation" | "status">;
  /** GraphQL operations by transport ("http", "ws"), operation and error code ("OK" without one). */
  readonly operations: Counter<"transport" | "operation" | "code">;
  readonly openSockets: Gauge;
  readonly activeSubscriptions: Gauge;
}

/** One registry per app, so that many can live in one process. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    httpRequestSeconds: new Histogram({
      name: "skyriff_http_request_seconds",
      help: "Time of HTTP requests",
      labelNames: ["method", "route", "operation", "status"],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    operations: new Counter({
      name: "skyriff_graphql_operations_total",
      help: "GraphQL operations",
      labelNames: ["transport", "operation", "code"],
      registers,
    }),
    openSockets: new Gauge({ name: "skyriff_open_sockets", help: "Open WebSockets", registers }),
    activeSubscriptions: new Gauge({
      name: "skyriff_active_subscriptions",
      help: "GraphQL subscriptions under way",
      registers,
    }),
  };
}
