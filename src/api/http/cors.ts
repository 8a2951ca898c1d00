import cors, { type FastifyCorsOptionsDelegateCallback } from "@fastify/cors";
import type { FastifyInstance } from "fastify";
import type { AllowedOrigins } from "./origins.js";

const options = {
  methods: "GET, POST, OPTIONS",
  exposedHeaders: "x-request-id, retry-after",
  maxAge: 86_400,
  // An OPTIONS request that is no preflight gets 204, too.
  strictPreflight: false,
};

/**
 * Adds CORS headers to the routes of `app` (https://fetch.spec.whatwg.org/#http-cors-protocol). Never with
 * credentials, because the API uses no cookies. Disallowed origins get no CORS headers, so the browser
 * blocks the response.
 */
export async function addCors(app: FastifyInstance, origins: AllowedOrigins): Promise<void> {
  // Its `origin` option may be a function, but that function does not get the request's host.
  const delegator: FastifyCorsOptionsDelegateCallback = ({ headers: { origin }, host }, done) =>
    done(null, { ...options, origin: origin !== undefined && origins.allows(origin, host) });
  await app.register(cors, origins.any ? options : { delegator });
}
