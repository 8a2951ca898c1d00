import type { FastifyInstance } from "fastify";

/** Answers are data: nothing in them is to be run, framed or shown by a page of another site. */
const onEverything = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
};

/** A year, as https://hstspreload.org asks for; other names below ours are none of our business. */
const strictTransport = { "strict-transport-security": "max-age=31536000" };

/** Routes that know better overwrite these. `https`: whether people reach this server by https. */
export function addSecurityHeaders(app: FastifyInstance, { https }: { https: boolean }): void {
  const headers = { ...onEverything, ...(https && strictTransport) };
  app.addHook("onRequest", async (_request, reply) => {
    reply.headers(headers);
  });
}
