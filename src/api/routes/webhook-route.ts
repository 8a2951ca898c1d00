import type { FastifyInstance } from "fastify";
import { AppError } from "../../platform/base/app-error.js";
import type { Clock } from "../../platform/base/clock.js";
import type { WebhookCall } from "../../platform/crypto/standard-webhooks.js";
import { BadRequest } from "../api.errors.js";
import { callerKey, type RateLimit } from "../http/rate-limit.js";

/** The webhook's sender or time cannot be verified. */
export class WebhookRefused extends AppError {
  readonly statusCode = 401;

  constructor() {
    super("UNAUTHENTICATED", {
      en: "This webhook's signature or its time is not right.",
      zh: "该 webhook 的签名或时间不正确。",
    });
  }
}

export interface WebhookRouteOptions {
  /** `accepted` only once the event is stored; `unknown-vendor`: the route does not exist. */
  receive(
    vendor: string,
    call: WebhookCall,
  ): Promise<"unknown-vendor" | "unreadable" | "not-genuine" | "accepted">;
  rateLimit: RateLimit;
  clock: Clock;
}

/**
 * POST /webhooks/<vendor>. The body stays unparsed, because its signature covers the bytes. A Fastify
 * plugin; the server's error handler answers its errors.
 */
export async function webhookRoute(app: FastifyInstance, options: WebhookRouteOptions): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, async (_request: unknown, body: unknown) => body);
  app.addHook("onRequest", async ({ ip }) => options.rateLimit.take(callerKey(null, ip)));

  app.post<{ Params: { vendor: string } }>("/webhooks/:vendor", async (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const { headers, params } = request;
    const outcome = await options.receive(params.vendor, { headers, body, receivedAt: options.clock.now() });
    if (outcome === "unknown-vendor") return reply.callNotFound();
    if (outcome === "unreadable")
      throw new BadRequest("This is no webhook that can be read.", "无法读取该 webhook。");
    if (outcome === "not-genuine") throw new WebhookRefused();
    return reply.code(204).send();
  });
}
