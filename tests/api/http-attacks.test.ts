import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { readConfig } from "../../src/app/config.js";
import { type EdgeApp, startEdge, until } from "./edge-app.js";

const open: EdgeApp[] = [];
const sockets: Socket[] = [];

async function start(options?: Parameters<typeof startEdge>[0]): Promise<EdgeApp> {
  const edge = await startEdge(options);
  open.push(edge);
  return edge;
}
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(open.splice(0).map((edge) => edge.close()));
});

/** A connection on which a test writes what it likes. */
function plainSocket(edge: EdgeApp, options: { reads: boolean } = { reads: true }) {
  const socket = connect(Number(new URL(edge.url).port), "127.0.0.1");
  sockets.push(socket);
  let answer = "";
  if (options.reads) socket.setEncoding("utf8").on("data", (text: string) => (answer += text));
  socket.on("error", () => {});
  return { socket, closed: once(socket, "close"), answer: () => answer };
}

/** Writes a byte every few ms until the connection closes. */
async function drip(socket: Socket, text = "a"): Promise<void> {
  while (!socket.destroyed && socket.writable) {
    socket.write(text);
    await sleep(10);
  }
}

const impatient = { headersMs: 200, requestMs: 400, slownessCheckMs: 40, silenceMs: 400 };
const post = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";

describe("a connection that a client holds open", () => {
  test("with endless headers gets 408 and is closed, and others are served meanwhile", async () => {
    const edge = await start({ limits: impatient });
    const held = Array.from({ length: 20 }, () => plainSocket(edge));
    for (const { socket } of held) {
      socket.write("GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ");
      void drip(socket);
    }
    expect((await edge.post("{ hello }")).body).toEqual({ data: { hello: "world" } });
    await Promise.all(held.map(({ closed }) => closed));
    expect(held[0]?.answer()).toMatch(/^HTTP\/1\.1 408 .*"code":"BAD_REQUEST"/s);
  });

  test("with an endless body is closed", async () => {
    const edge = await start({ limits: impatient });
    const { socket, closed, answer } = plainSocket(edge);
    socket.write(`${post}content-length: 100000\r\n\r\n{"query":"`);
    void drip(socket);
    await closed;
    expect(answer()).not.toContain('"data"');
  });

  test("without any bytes is closed", async () => {
    const edge = await start({ limits: impatient });
    await plainSocket(edge).closed;
  });

  test("whose client does not read the answer is closed, and its file too", async () => {
    let letGo = false;
    const endless = () =>
      new Readable({
        read() {
          this.push(Buffer.alloc(64 * 1024));
        },
        destroy(error, done) {
          letGo = true;
          done(error);
        },
      });
    const edge = await start({
      limits: impatient,
      routes: [async (app) => void app.get("/endless", (_request, reply) => reply.send(endless()))],
    });
    const { socket } = plainSocket(edge, { reads: false });
    socket.write("GET /endless HTTP/1.1\r\nhost: x\r\n\r\n");
    await until(() => letGo, "the server gives up");
  });
});

describe("an invalid request", () => {
  const cases: [string, string, RegExp][] = [
    [
      "headers over 16 KiB",
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${"a".repeat(17_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    ["no HTTP", "SSH-2.0-OpenSSH_9.6\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["two lengths", `${post}content-length: 2\r\ncontent-length: 9\r\n\r\n{}`, /^HTTP\/1\.1 400 /],
    [
      "a length and chunks, as smugglers send it",
      `${post}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 400 /,
    ],
    [
      "a path that is no path",
      "GET /%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
      /^HTTP\/1\.1 400 /,
    ],
    ["no host", "GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n", /^HTTP\/1\.1 400 /],
  ];
  test.each(cases)("%s: an error in the form of all others", async (_, text, status) => {
    const edge = await start();
    const { socket, closed, answer } = plainSocket(edge);
    socket.write(text);
    await closed;
    expect(answer()).toMatch(status);
    expect(answer()).not.toContain('"data"');
    expect(answer()).not.toMatch(/stack|node_modules|FST_ERR/);
  });

  test("with an invalid host breaks nothing", async () => {
    const edge = await start();
    for (const host of ["a b", "[::", "x:99999999", "%00", "x\x7f"]) {
      for (const path of ["/graphql?query=%7Bhello%7D", "/healthz", "/nowhere"]) {
        const { socket, closed, answer } = plainSocket(edge);
        socket.write(
          `GET ${path} HTTP/1.1\r\nhost: ${host}\r\napollo-require-preflight: 1\r\nconnection: close\r\n\r\n`,
        );
        await closed;
        expect(answer()).toMatch(/^HTTP\/1\.1 [24]\d\d /);
      }
    }
    expect(edge.log.filter(({ level }) => level === "error")).toEqual([]);
  });
});

describe("headers", () => {
  const paths = ["/graphql", "/healthz", "/nowhere"];

  test("of every answer forbid to run, frame or sniff it, and set no cookie", async () => {
    const edge = await start();
    for (const path of paths) {
      const { headers } = await fetch(`${edge.url}${path}`);
      expect(Object.fromEntries(headers)).toMatchObject({
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "cross-origin-resource-policy": "same-origin",
        "x-request-id": expect.any(String),
      });
      for (const name of ["set-cookie", "server", "x-powered-by", "strict-transport-security"])
        expect(headers.get(name)).toBeNull();
    }
  });

  test("tell browsers to use https if PUBLIC_URL does", async () => {
    const edge = await start({ https: true });
    const { headers } = await fetch(`${edge.url}/healthz`);
    expect(headers.get("strict-transport-security")).toBe("max-age=31536000");
  });

  test("with a cookie authenticate no user", async () => {
    const edge = await start();
    const { body } = await edge.post("{ viewer }", {
      headers: { cookie: "token=ana; authorization=Bearer ana" },
    });
    expect(body.errors[0].extensions.code).toBe("UNAUTHENTICATED");
  });
});

describe("web pages", () => {
  const front = "https://app.example.com";
  const origins = [front];

  const preflight = (edge: EdgeApp, origin: string) =>
    fetch(`${edge.url}/graphql`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "x" },
    });

  /** The status with which an upgrade was refused, or "open". */
  async function upgrade(edge: EdgeApp, origin?: string, protocol = "graphql-transport-ws") {
    const socket = new WebSocket(`${edge.url.replace("http", "ws")}/graphql`, protocol, { origin });
    const result = await Promise.race([
      once(socket, "open").then(() => "open"),
      once(socket, "unexpected-response").then(([, response]) => response.statusCode as number),
    ]);
    socket.on("error", () => {});
    socket.terminate();
    return result;
  }

  test("may read answers only if their origin is listed", async () => {
    const edge = await start({ origins });
    const allowed = await edge.post("{ hello }", { headers: { origin: front } });
    expect(allowed.headers.get("access-control-allow-origin")).toBe(front);
    expect((await preflight(edge, front)).headers.get("access-control-allow-headers")).toBe("x");
    for (const origin of [
      "https://evil.example",
      "https://app.example.com.evil.example",
      "null",
      "http://app.example.com",
    ]) {
      const { headers } = await edge.post("{ hello }", { headers: { origin } });
      expect(headers.get("access-control-allow-origin")).toBeNull();
      expect(headers.get("vary")).toBe("Origin");
      const refused = await preflight(edge, origin);
      expect(refused.headers.get("access-control-allow-origin")).toBeNull();
      expect(refused.headers.get("access-control-allow-headers")).toBeNull();
      expect([refused.status, refused.headers.get("allow")]).toEqual([204, "GET, POST, OPTIONS"]);
    }
  });

  test("of other origins open no WebSocket, but apps without an origin and the server's own pages do", async () => {
    const edge = await start({ origins });
    expect(await upgrade(edge, "https://evil.example")).toBe(403);
    expect(await upgrade(edge, "null")).toBe(403);
    expect(await upgrade(edge, front)).toBe("open");
    expect(await upgrade(edge, undefined)).toBe("open");
    expect(await upgrade(edge, edge.url)).toBe("open");
    expect(await edge.gauge("skyriff_open_sockets")).toBeLessThanOrEqual(3);
  });

  test("may have any origin by default, but in production only PUBLIC_URL and the list", () => {
    const production = {
      NODE_ENV: "production",
      DATABASE_URL: "postgres://db/x",
      AUTH_SECRET: "0123456789abcdef0123456789abcdef",
      PUBLIC_URL: "https://api.example.com/v1",
      SMS_CONSOLE_IN_PRODUCTION: "on",
      DYUAPI_API_KEY: "k",
    };
    expect(readConfig({}).origins).toBe("any");
    expect(readConfig(production).origins).toEqual(["https://api.example.com"]);
    expect(readConfig({ ...production, CORS_ORIGINS: `${front}, http://localhost:5173` }).origins).toEqual([
      front,
      "http://localhost:5173",
      "https://api.example.com",
    ]);
    expect(readConfig({ ...production, CORS_ORIGINS: "*" }).origins).toBe("any");
    expect(() => readConfig({ CORS_ORIGINS: "https://app.example.com/path" })).toThrow(/CORS_ORIGINS/);
    expect(() => readConfig({ CORS_ORIGINS: "app.example.com" })).toThrow(/CORS_ORIGINS/);
  });
});
