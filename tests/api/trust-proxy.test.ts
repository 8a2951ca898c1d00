import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../src/app/config.js";
import { type EdgeApp, startEdge } from "./edge-app.js";

const trustOf = (TRUST_PROXY: string) => readConfig({ TRUST_PROXY }).TRUST_PROXY;

describe("the client's address with X-Forwarded-For", () => {
  const forwarded = "198.51.100.7, 203.0.113.9, 10.1.2.3";
  const seen: [string, string][] = [
    ["", "127.0.0.1"],
    ["false", "127.0.0.1"],
    ["true", "198.51.100.7"],
    ["TRUE", "198.51.100.7"],
    ["0", "127.0.0.1"],
    ["1", "10.1.2.3"],
    ["2", "203.0.113.9"],
    ["3", "198.51.100.7"],
    ["9", "198.51.100.7"],
    ["127.0.0.1", "10.1.2.3"],
    ["127.0.0.0/8", "10.1.2.3"],
    ["loopback", "10.1.2.3"],
    [" Loopback , 10.0.0.0/8 ", "203.0.113.9"],
    ["loopback, uniquelocal", "203.0.113.9"],
    ["loopback,10.1.2.3,203.0.113.0/255.255.255.0", "198.51.100.7"],
    ["linklocal", "127.0.0.1"],
    ["192.0.2.1, ::1", "127.0.0.1"],
    ["::ffff:127.0.0.1", "10.1.2.3"],
  ];

  for (const [setting, address] of seen) {
    test(`with TRUST_PROXY=${setting} is ${address}`, async () => {
      const edge = await startEdge({ trustProxy: trustOf(setting) });
      const { body } = await edge.post("{ address }", { headers: { "x-forwarded-for": forwarded } });
      expect(body.data.address).toBe(address);
      await edge.close();
    });
  }

  test("with one hop cannot be forged by a client", async () => {
    const edge = await startEdge({ trustProxy: trustOf("1"), rateLimitPerMinute: 2 });
    const statuses = [];
    for (const made of ["1.1.1.1", "2.2.2.2", "3.3.3.3"]) {
      const headers = { "x-forwarded-for": `${made}, 203.0.113.9` };
      statuses.push((await edge.post("{ hello }", { headers })).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
    await edge.close();
  });
});

describe("an invalid TRUST_PROXY prevents the start", () => {
  const wrong = [
    "yes",
    "on",
    "all",
    "*",
    "-1",
    "1.5",
    "1 hop",
    "1,2",
    "10.0.0",
    "10.0.0.0/33",
    "10.0.0.0/0",
    "10.0.0.0/x",
    "::1/129",
    "proxy.example.com",
    "127.0.0.1:80",
    "loopback,",
    "loopback uniquelocal",
    "0x7f.0.0.1",
  ];
  for (const setting of wrong) {
    test(`"${setting}", in one message with all other mistakes`, () => {
      const refused = () => readConfig({ TRUST_PROXY: setting, NODE_ENV: "production", PORT: "many" });
      expect(refused).toThrow(/TRUST_PROXY: must be .* hops/);
      expect(refused).toThrow(/PORT: must be/);
      expect(refused).toThrow(/DATABASE_URL must be set in production/);
      expect(refused).toThrow(/SMS_CONSOLE_IN_PRODUCTION/);
    });
  }
});

describe("/metrics", () => {
  let closed: EdgeApp;
  let behindProxies: EdgeApp;
  beforeAll(async () => {
    closed = await startEdge({ metricsPublic: false });
    behindProxies = await startEdge({ metricsPublic: false, trustProxy: trustOf("true") });
  });
  afterAll(() => Promise.all([closed.close(), behindProxies.close()]));

  async function status({ url }: EdgeApp, headers: Record<string, string> = {}): Promise<number> {
    const { request } = await import("node:http");
    return new Promise((resolve, reject) => {
      const sent = request(`${url}/metrics`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.once("error", reject).end();
    });
  }

  test("answers this machine", async () => {
    for (const edge of [closed, behindProxies]) {
      expect(await status(edge)).toBe(200);
      expect(await status(edge, { host: "localhost" })).toBe(200);
    }
  });

  test("does not answer requests that a proxy on this machine forwards", async () => {
    const passedOn: Record<string, string>[] = [
      { "x-forwarded-for": "203.0.113.9" },
      { "x-forwarded-for": "127.0.0.1" },
      { forwarded: "for=127.0.0.1" },
      { via: "1.1 proxy" },
      { "x-real-ip": "127.0.0.1" },
      { host: "api.example.com" },
    ];
    for (const headers of passedOn)
      for (const edge of [closed, behindProxies]) expect(await status(edge, headers)).toBe(403);
  });

  test("is open outside production, and in production only if METRICS_PUBLIC says so", () => {
    const production = {
      NODE_ENV: "production",
      DATABASE_URL: "postgres://db/x",
      AUTH_SECRET: "0123456789abcdef0123456789abcdef",
      PUBLIC_URL: "https://api.example.com",
      DYUAPI_API_KEY: "k",
      SMS_PROVIDER: "webhook",
      SMS_WEBHOOK_URL: "https://sms.example.com",
    };
    expect(readConfig({}).metricsPublic).toBe(true);
    expect(readConfig({ METRICS_PUBLIC: "off" }).metricsPublic).toBe(false);
    expect(readConfig(production).metricsPublic).toBe(false);
    expect(readConfig({ ...production, METRICS_PUBLIC: "on" }).metricsPublic).toBe(true);
    const console = { ...production, SMS_PROVIDER: "console" };
    expect(() => readConfig(console)).toThrow(/SMS_PROVIDER is console.*SMS_CONSOLE_IN_PRODUCTION/);
    expect(() => readConfig({ ...console, SMS_CONSOLE_IN_PRODUCTION: "off" })).toThrow(/SMS_CONSOLE/);
    expect(readConfig({ ...console, SMS_CONSOLE_IN_PRODUCTION: "on" }).production).toBe(true);
  });
});
