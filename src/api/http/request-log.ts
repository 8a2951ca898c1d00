import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Counter, Histogram } from "prom-client";
import type { Metrics } from "../../platform/metrics/metrics.js";
import type { RequestInfo } from "../../platform/observability/request-info.js";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Logged at debug, for probes and the explorer's assets. */
    quiet?: boolean;
  }
}

/** One log line and its metrics per HTTP request, and per operation over WebSocket. */
export class RequestLog {
  private readonly logger: Logger;
  /** By text, because prom-client takes longer to find them by their labels than to use them. */
  private readonly timers = new Map<string, Histogram.Internal<string>>();
  private readonly counters = new Map<string, Counter.Internal>();

  constructor(
    logger: Logger,
    private readonly metrics: Metrics,
  ) {
    // These lines hold no secrets, and redaction takes time.
    this.logger = logger.child({}, { redact: [] });
  }

  watch(app: FastifyInstance): void {
    app.addHook("onResponse", ({ method, routeOptions, info }, { statusCode: status, elapsedTime }, done) => {
      const { url: route = "unknown", config } = routeOptions;
      const name = words(method, route, info.operation, status);
      let timer = this.timers.get(name);
      if (!timer) {
        const labels = { method, route, operation: info.operation ?? "", status };
        timer = this.metrics.httpRequestSeconds.labels(labels);
        this.timers.set(name, timer);
      }
      timer.observe(elapsedTime / 1000);
      if (info.operation || info.errorCode) this.count("http", info);
      const level = config.quiet ? "debug" : "info";
      this.logger[level](fields(info, elapsedTime), words(name, info.errorCode));
      done();
    });
  }

  /** A subscription is logged when it has started. */
  socketOperation(info: RequestInfo, durationMs: number): void {
    this.count("ws", info);
    this.logger.info(fields(info, durationMs), words("WS", info.operation, info.errorCode));
  }

  private count(transport: "http" | "ws", { operation, errorCode }: RequestInfo): void {
    const name = words(transport, operation, errorCode);
    let counter = this.counters.get(name);
    if (!counter) {
      const labels = { transport, operation: operation ?? "", code: errorCode ?? "OK" };
      counter = this.metrics.operations.labels(labels);
      this.counters.set(name, counter);
    }
    counter.inc();
  }
}

function words(...parts: (string | number | null)[]): string {
  return parts.filter((part) => part !== null).join(" ");
}

function fields({ requestId }: RequestInfo, durationMs: number): Record<string, unknown> {
  return { ms: Math.round(durationMs * 10) / 10, requestId };
}
