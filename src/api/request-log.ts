import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Logger } from "../platform/logger.js";
import type { Metrics } from "../platform/metrics.js";
import type { RequestScope } from "./request-scope.js";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Probes and the explorer's assets come by the dozen: logged at debug. */
    quiet?: boolean;
  }
}

/** One log line and one set of figures per request, and per operation of a WebSocket. */
export class RequestLog {
  constructor(
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {}

  watch(app: FastifyInstance): void {
    app.addHook("onResponse", async (request, reply) => {
      const { scope, method } = request;
      const route = request.routeOptions.url ?? "unknown";
      const { statusCode: status, elapsedTime } = reply;
      const operation = scope.operation ?? "";
      this.metrics.httpRequestSeconds.observe({ method, route, operation, status }, elapsedTime / 1000);
      if (scope.operation || scope.errorCode) this.count("http", scope);
      const what = [method, route, scope.operation, status, scope.errorCode].filter(Boolean).join(" ");
      this.logger[levelOf(request)](fields(scope, elapsedTime), what);
    });
  }

  /** One operation over a WebSocket; a subscription when it has begun. */
  socketOperation(scope: RequestScope, durationMs: number): void {
    this.count("ws", scope);
    const what = ["WS", scope.operation, scope.errorCode].filter(Boolean).join(" ");
    this.logger.info(fields(scope, durationMs), what);
  }

  private count(transport: "http" | "ws", scope: RequestScope): void {
    const { operation, errorCode } = scope;
    this.metrics.operations.inc({ transport, operation: operation ?? "", code: errorCode ?? "OK" });
  }
}

function fields(scope: RequestScope, durationMs: number): Record<string, unknown> {
  return { ms: Math.round(durationMs * 10) / 10, requestId: scope.requestId };
}

function levelOf(request: FastifyRequest): "info" | "debug" {
  return request.routeOptions.config.quiet ? "debug" : "info";
}
