import type { FastifyInstance } from "fastify";

/** Answers are data: no page may run, frame or embed them. */
const onEverything = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
};

/** A year, as https://hstspreload.org requires. Without subdomains, which may belong to others. */
const strictTransport = { "strict-transport-security": "max-age=31536000" };

/** Routes may overwrite these. `https`: whether PUBLIC_URL is https. */
export function addSecurityHeaders(app: FastifyInstance, { https }: { https: boolean }): void {
  const headers = { ...onEverything, ...(https && strictTransport) };
  app.addHook("onRequest", async (_request, reply) => {
    reply.headers(headers);
  });
}
