import type { FastifyInstance } from "fastify";
import type { RequestInfo } from "../../platform/observability/request-info.js";
import {
  beginSpan,
  isTracing,
  type OpenSpan,
  type SpanOptions,
  span,
} from "../../platform/observability/tracing.js";

declare module "fastify" {
  interface FastifyRequest {
    span: OpenSpan | null;
  }
}

/**
 * A span for every request except probes. A client's own traceparent is not continued: it could write into
 * our traces and decide what is recorded. The request id connects the two.
 */
export function traceRequests(app: FastifyInstance): void {
  if (!isTracing()) return;
  app.decorateRequest("span", null);
  app.addHook("onRequest", async (request) => {
    const { url: route = "unknown", config } = request.routeOptions;
    if (config.quiet) return;
    request.span = beginSpan(`${request.method} ${route}`, {
      kind: "server",
      attributes: {
        "http.request.method": request.method,
        "http.route": route,
        "skyriff.request_id": request.info.requestId,
      },
    });
  });
  app.addHook("preHandler", (request, _reply, done) => {
    if (request.span) request.span.run(done);
    else done();
  });
  app.addHook("onResponse", async ({ span: openSpan }, reply) => {
    openSpan?.set({ "http.response.status_code": reply.statusCode });
    openSpan?.end();
  });
}

/** A span for one GraphQL operation, with the name that its log line has. */
export function operationSpan<T>(
  info: RequestInfo,
  kind: NonNullable<SpanOptions["kind"]>,
  work: () => Promise<T>,
): Promise<T> {
  return span("graphql", { kind, attributes: { "skyriff.request_id": info.requestId } }, async (openSpan) => {
    const result = await work();
    openSpan?.rename(info.operation ?? "graphql");
    if (info.errorCode) openSpan?.set({ "error.type": info.errorCode });
    return result;
  });
}
