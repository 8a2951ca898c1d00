import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type EdgeApp, startEdge, until } from "./edge-app.js";

const open: EdgeApp[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((edge) => edge.close()));
});

async function start(options?: Parameters<typeof startEdge>[0]): Promise<EdgeApp> {
  const edge = await startEdge(options);
  open.push(edge);
  return edge;
}

const page = "https://app.example.com";
const ask = '{"query":"{ hello }"}';
const post = (body: string, headers = "") =>
  `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;

/** A connection on which requests are written by hand. */
async function connection(edge: EdgeApp) {
  const socket: Socket = connect(Number(new URL(edge.url).port), "127.0.0.1");
  let received = "";
  let failed: string | undefined;
  socket.on("data", (chunk) => {
    received += chunk;
  });
  socket.on("error", ({ message }) => {
    failed = message;
  });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await once(socket, "connect");
  return { socket, closed, received: () => received, failed: () => failed };
}

const refused: Record<string, { status: number; code: string; limitBytes?: number; text: string }> = {
  "headers that are too long": {
    status: 431,
    code: "PAYLOAD_TOO_LARGE",
    limitBytes: 16_384,
    text: `GET /healthz HTTP/1.1\r\norigin: ${page}\r\nhost: x\r\nx: ${"x".repeat(20_000)}`,
  },
  "an address that is too long": {
    status: 431,
    code: "PAYLOAD_TOO_LARGE",
    limitBytes: 16_384,
    text: `GET /graphql?query=${"x".repeat(20_000)} HTTP/1.1\r\norigin: ${page}\r\nhost: x\r\n\r\n`,
  },
  "what is no HTTP": { status: 400, code: "BAD_REQUEST", text: `nonsense\r\norigin: ${page}\r\n\r\n` },
  "a request that takes too long": {
    status: 408,
    code: "BAD_REQUEST",
    text: `GET /healthz HTTP/1.1\r\norigin: ${page}\r\nhost: x\r\n`,
  },
};

describe("a request that cannot be read is answered", () => {
  for (const [name, { status, code, limitBytes, text }] of Object.entries(refused)) {
    for (const reused of [false, true]) {
      test(`${name}: ${status}${reused ? ", on a connection that was used before" : ""}`, async () => {
        const edge = await start({ limits: { headersMs: 200, slownessCheckMs: 50 } });
        const { socket, closed, received, failed } = await connection(edge);
        if (reused) {
          socket.write(post(ask));
          await until(() => received().includes('"hello":"world"'), "the first request is answered");
        }
        socket.write(text);
        await until(() => received().includes(`HTTP/1.1 ${status} `), "it is refused");
        // A client that has more to say must not lose the answer.
        socket.write("y".repeat(100_000));
        await closed;
        expect(failed()).toBeUndefined();
        const answer = received().slice(received().indexOf(`HTTP/1.1 ${status} `));
        expect(answer).toContain("access-control-allow-origin: *\r\n");
        const body = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n")));
        expect(body.errors[0].extensions).toEqual({ code, limitBytes });
      });
    }
  }

  test("to a client library that reuses its connection, 20 of 20", async () => {
    const edge = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const get = (path: string) =>
      new Promise<number | string>((resolve) => {
        const sent = request(`${edge.url}${path}`, { agent }, (response) => {
          response.resume().once("end", () => resolve(response.statusCode ?? 0));
        });
        sent.once("error", ({ message }) => resolve(message)).end();
      });
    for (let n = 0; n < 20; n += 1) {
      expect(await get("/healthz")).toBe(200);
      expect(await get(`/graphql?query=${"x".repeat(30_000)}`)).toBe(431);
    }
    agent.destroy();
  });

  test("and only a page of a listed origin may read the answer", async () => {
    const edge = await start({ origins: [page] });
    for (const [origin, allowed] of [
      [page, true],
      ["https://other.example.com", false],
    ] as const) {
      const { socket, closed, received } = await connection(edge);
      socket.write(`GET / HTTP/1.1\r\nhost: x\r\nOrigin: ${origin}\r\nx: ${"x".repeat(20_000)}\r\n\r\n`);
      await closed;
      expect(received()).toContain("HTTP/1.1 431 ");
      expect(received().includes(`access-control-allow-origin: ${origin}\r\n`)).toBe(allowed);
    }
  });

  test("after the requests that came before it on the same connection", async () => {
    const edge = await start();
    const { socket, closed, received } = await connection(edge);
    socket.write(`${post('{"query":"mutation { work(name: \\"slow\\") }"}')}nonsense\r\n\r\n`);
    await until(() => edge.fakes.started.includes("slow"), "it runs");
    edge.fakes.gate("slow").resolve();
    await closed;
    expect(received()).toMatch(/HTTP\/1.1 200 .*"work":"slow".*HTTP\/1.1 400 /s);
  });

  test("and does not run, even if the rest of it arrives after the answer", async () => {
    const edge = await start({ limits: { requestMs: 200, headersMs: 100, slownessCheckMs: 50 } });
    const { socket, closed, received } = await connection(edge);
    const whole = post('{"query":"mutation { work(name: \\"late\\") }"}');
    socket.write(whole.slice(0, -5));
    await until(() => received().includes("HTTP/1.1 408 "), "it is refused");
    socket.write(whole.slice(-5));
    await closed;
    expect(edge.fakes.started).toEqual([]);
  });
});

test("a rejected WebSocket is closed, even if its client does not close it", async () => {
  const edge = await start({ origins: [page], limits: { unreadMs: 100 } });
  const socket = connect({
    port: Number(new URL(edge.url).port),
    host: "127.0.0.1",
    allowHalfOpen: true,
  });
  socket.on("error", () => {});
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write(
    "GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\norigin: https://other.example.com\r\n\r\n",
  );
  const [answer] = await once(socket, "data");
  expect(String(answer)).toMatch(/^HTTP\/1.1 403 /);
  const sending = setInterval(() => socket.write("x"), 20);
  await closed;
  clearInterval(sending);
});
