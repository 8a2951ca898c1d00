import type { FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from "fastify";
import type { AllowedOrigins } from "./origins.js";

/**
 * Tells browsers whose pages may read the answers (https://fetch.spec.whatwg.org/#http-cors-protocol).
 * Never with credentials: no cookie is ever used.
 */
export function crossOrigin(origins: AllowedOrigins): onRequestAsyncHookHandler {
  return async (request, reply) => {
    const allowed = allowedOrigin(request, origins);
    if (!origins.any) reply.header("vary", "origin");
    if (allowed) {
      reply.headers({
        "access-control-allow-origin": allowed,
        "access-control-expose-headers": "x-request-id, retry-after",
      });
    }
    if (request.method === "OPTIONS") await answerPreflight(request, reply, allowed !== null);
  };
}

function allowedOrigin({ headers, host }: FastifyRequest, origins: AllowedOrigins): string | null {
  if (origins.any) return "*";
  return headers.origin && origins.allows(headers.origin, host) ? headers.origin : null;
}

/** A page that may not is told nothing, which its browser takes for a no. */
function answerPreflight(request: FastifyRequest, reply: FastifyReply, allowed: boolean): FastifyReply {
  const allow = "GET, POST, OPTIONS";
  if (!allowed) return reply.headers({ allow }).code(204).send();
  return reply
    .headers({
      "access-control-allow-methods": allow,
      "access-control-allow-headers":
        request.headers["access-control-request-headers"] ?? "authorization, content-type",
      "access-control-max-age": "86400",
      vary: "origin, access-control-request-headers",
      allow,
    })
    .code(204)
    .send();
}
