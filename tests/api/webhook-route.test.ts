import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ErrorFormatter } from "../../src/api/http/format-error.js";
import { createHttpServer } from "../../src/api/http/http-server.js";
import { RateLimit, rateWindowSec } from "../../src/api/http/rate-limit.js";
import { apiLimits } from "../../src/api/limits.js";
import { webhookRoute } from "../../src/api/routes/webhook-route.js";
import { systemClock } from "../../src/platform/base/clock.js";
import type { WebhookCall } from "../../src/platform/crypto/standard-webhooks.js";
import { toSharedCounter } from "../../src/platform/rate-limit/shared-counter.js";

let app: FastifyInstance;
let base = "";
let answer: "unknown-vendor" | "unreadable" | "not-genuine" | "accepted" | Error = "accepted";
const heard: { from: string; call: WebhookCall }[] = [];
const logger = pino({ level: "silent" });

beforeAll(async () => {
  app = createHttpServer({
    trustProxy: () => true,
    limits: apiLimits,
    formatter: new ErrorFormatter(logger, true),
  });
  const counter = toSharedCounter(new RateLimiterMemory({ points: 1, duration: rateWindowSec }));
  await app.register(webhookRoute, {
    receive: async (from, call) => {
      heard.push({ from, call });
      if (answer instanceof Error) throw answer;
      return answer;
    },
    rateLimit: new RateLimit({ requestsPerMinute: 20, counter, logger }),
    clock: systemClock,
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  base = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/webhooks/openai`;
});
afterAll(() => app.close());

async function post(body: string | Uint8Array, headers: Record<string, string> = {}) {
  const response = await fetch(base, { method: "POST", body, headers });
  const text = await response.text();
  const code = text && JSON.parse(text).errors[0].extensions.code;
  return code ? `${response.status} ${code}` : response.status;
}

test("the handler gets the body's exact bytes with any content type, and every header", async () => {
  const odd = new Uint8Array([0x7b, 0x20, 0xff, 0x00, 0x7d]);
  const types = ["application/json", "text/plain", "application/x-www-form-urlencoded", "nobody/knows"];
  for (const type of types) {
    expect(await post(odd, { "content-type": type, "webhook-id": "wh_1" }), type).toBe(204);
    const { from, call } = heard.at(-1)!;
    expect(from).toBe("openai");
    expect(call.headers["webhook-id"]).toBe("wh_1");
    expect([...call.body]).toEqual([...odd]);
  }
  expect(await post("")).toBe(204);
  expect(heard.at(-1)?.call.body).toHaveLength(0);
});

test("every rejection has its status and its code", async () => {
  const refusals = {
    "unknown-vendor": "404 NOT_FOUND",
    unreadable: "400 BAD_REQUEST",
    "not-genuine": "401 UNAUTHENTICATED",
  };
  for (const [said, told] of Object.entries(refusals)) {
    answer = said as keyof typeof refusals;
    expect(await post("{}")).toBe(told);
  }
  // So that the sender comes again: nothing of the webhook was kept.
  answer = new Error("the database is away");
  expect(await post("{}")).toBe("500 INTERNAL_SERVER_ERROR");
  answer = "accepted";
});

test("a body that is too long is rejected before the handler runs", async () => {
  const before = heard.length;
  expect(await post("x".repeat(300_000))).toBe("413 PAYLOAD_TOO_LARGE");
  expect(heard).toHaveLength(before);
});

test("an address that calls too often is RATE_LIMITED, and others are served", async () => {
  const from = (address: string) => ({ "x-forwarded-for": address });
  for (let n = 0; n < 20; n++) expect(await post("{}", from("203.0.113.7"))).toBe(204);
  const before = heard.length;
  const response = await fetch(base, { method: "POST", body: "{}", headers: from("203.0.113.7") });
  expect(response.status).toBe(429);
  expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "RATE_LIMITED" } }] });
  expect(heard).toHaveLength(before);
  expect(await post("{}", from("203.0.113.8"))).toBe(204);
});
