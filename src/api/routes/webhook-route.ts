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
  /** `taken` only once nothing of it can be lost; `nobody`: there is no such address. */
  hear(from: string, call: WebhookCall): Promise<"nobody" | "unreadable" | "not-genuine" | "taken">;
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
    const heard = await options.hear(params.vendor, { headers, body, receivedAt: options.clock.now() });
    if (heard === "nobody") return reply.callNotFound();
    if (heard === "unreadable")
      throw new BadRequest("This is no webhook that can be read.", "无法读取该 webhook。");
    if (heard === "not-genuine") throw new WebhookRefused();
    return reply.code(204).send();
  });
}
