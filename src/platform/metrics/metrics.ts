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
  /** How long jobs run, by how they end: "done" or "failed". */
  readonly jobSeconds: Histogram<"queue" | "outcome">;
  /** Reads of lists where there is a read replica, by who answered: "replica" or "primary". */
  readonly listReads: Counter<"from">;
  /** How long events take to the other servers. */
  readonly eventLagSeconds: Histogram;
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
    jobSeconds: new Histogram({
      name: "skyriff_job_seconds",
      help: "Time of job runs, by how they ended",
      labelNames: ["queue", "outcome"],
      buckets: [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers,
    }),
    listReads: new Counter({
      name: "skyriff_list_reads_total",
      help: "Reads of lists where there is a read replica, by who answered",
      labelNames: ["from"],
      registers,
    }),
    eventLagSeconds: new Histogram({
      name: "skyriff_event_lag_seconds",
      help: "Time of events from one server to the others",
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    }),
    activeSubscriptions: new Gauge({
      name: "skyriff_active_subscriptions",
      help: "GraphQL subscriptions under way",
      registers,
    }),
  };
}
