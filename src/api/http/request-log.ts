import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { Counter, Histogram } from "prom-client";
import type { Metrics } from "../../platform/metrics/metrics.js";
import type { RequestInfo } from "../../platform/observability/request-info.js";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Probes and the explorer's assets come by the dozen: logged at debug. */
    quiet?: boolean;
  }
}

/** One log line and one set of figures per request, and per operation of a WebSocket. */
export class RequestLog {
  private readonly logger: Logger;
  /** By operation, or by route where there is none: of each there are few. */
  private readonly timers = new Map<string, Timer[]>();
  private readonly counts = new Map<string, Count[]>();

  constructor(
    logger: Logger,
    private readonly metrics: Metrics,
  ) {
    // What it writes is its own and known: there is nothing to look for and cut out.
    this.logger = logger.child({}, { redact: [] });
  }

  watch(app: FastifyInstance): void {
    app.addHook("onResponse", (request, reply, done) => {
      const { info } = request;
      const { elapsedTime } = reply;
      const timer = this.timerOf(request, reply.statusCode);
      timer.seconds.observe(elapsedTime / 1000);
      if (info.operation || info.errorCode) this.count("http", info);
      const what = info.errorCode ? `${timer.name} ${info.errorCode}` : timer.name;
      this.logger[levelOf(request)](fields(info, elapsedTime), what);
      done();
    });
  }

  /** One operation over a WebSocket; a subscription when it has begun. */
  socketOperation(info: RequestInfo, durationMs: number): void {
    this.count("ws", info);
    const what = ["WS", info.operation, info.errorCode].filter(Boolean).join(" ");
    this.logger.info(fields(info, durationMs), what);
  }

  /** Kept ready: to find it by its labels takes prom-client longer than to use it. */
  private timerOf({ method, routeOptions, info }: FastifyRequest, status: number): Timer {
    const { url: route = "unknown" } = routeOptions;
    const operation = info.operation ?? "";
    const few = fewOf(this.timers, operation || route);
    const known = few.find((t) => t.status === status && t.method === method && t.route === route);
    if (known) return known;
    const name = [method, route, operation, status].filter(Boolean).join(" ");
    const seconds = this.metrics.httpRequestSeconds.labels({ method, route, operation, status });
    const made = { method, route, status, name, seconds };
    few.push(made);
    return made;
  }

  private count(transport: "http" | "ws", { operation, errorCode }: RequestInfo): void {
    const code = errorCode ?? "OK";
    const few = fewOf(this.counts, operation ?? "");
    let count = few.find((c) => c.code === code && c.transport === transport);
    if (!count) {
      const counter = this.metrics.operations.labels({ transport, operation: operation ?? "", code });
      count = { transport, code, counter };
      few.push(count);
    }
    count.counter.inc();
  }
}

function fewOf<T>(all: Map<string, T[]>, key: string): T[] {
  const few = all.get(key) ?? [];
  if (few.length === 0) all.set(key, few);
  return few;
}

interface Count {
  transport: "http" | "ws";
  code: string;
  counter: Counter.Internal;
}

interface Timer {
  method: string;
  route: string;
  status: number;
  /** As the log line has it: "POST /graphql query videos 200". */
  name: string;
  seconds: Histogram.Internal<string>;
}

function fields(info: RequestInfo, durationMs: number): Record<string, unknown> {
  return { ms: Math.round(durationMs * 10) / 10, requestId: info.requestId };
}

function levelOf(request: FastifyRequest): "info" | "debug" {
  return request.routeOptions.config.quiet ? "debug" : "info";
}
