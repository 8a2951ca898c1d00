import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** Metrics for Prometheus. Each label has a bounded number of values, whatever clients send. */
export interface Metrics {
  readonly registry: Registry;
  /** From the first byte of the request to the last byte of the response. */
  readonly httpRequestSeconds: Histogram<"method" | "route" | "operation" | "status">;
  /** Transports are "http" and "ws". The code is "OK" if there is no error. */
  readonly operations: Counter<"transport" | "operation" | "code">;
  readonly openSockets: Gauge;
  readonly activeSubscriptions: Gauge;
  /** Outcomes are "done" and "failed". */
  readonly jobSeconds: Histogram<"queue" | "outcome">;
  /** Only with a read replica: lists served by the "replica" and by the "primary". */
  readonly listReads: Counter<"from">;
  /** From publishing an event to its receipt on another server. */
  readonly eventLagSeconds: Histogram;
}

/** Each app has its own registry, so that tests can run several in one process. */
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
