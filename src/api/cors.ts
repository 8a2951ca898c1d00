import type { FastifyReply, FastifyRequest } from "fastify";

/**
 * Any web page may call the API: no cookie is ever used, so a page acts only with the token that it
 * holds itself. (https://fetch.spec.whatwg.org/#http-cors-protocol)
 */
export async function allowAnyOrigin(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.headers({
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "x-request-id, retry-after",
  });
  if (request.method === "OPTIONS") await answerPreflight(request, reply);
}

function answerPreflight(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .headers({
      "access-control-allow-methods": "GET, POST, OPTIONS",
      "access-control-allow-headers":
        request.headers["access-control-request-headers"] ?? "authorization, content-type",
      "access-control-max-age": "86400",
      vary: "access-control-request-headers",
      allow: "GET, POST, OPTIONS",
    })
    .code(204)
    .send();
}
