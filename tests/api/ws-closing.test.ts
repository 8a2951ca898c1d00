import { afterEach, describe, expect, test } from "vitest";
import { sessionEnded } from "../../src/modules/accounts/index.js";
import { type EdgeApp, startEdge, until } from "./edge-app.js";
import { joinedSocket } from "./raw-socket.js";
import { frame, rawFrame, StubbornSocket } from "./stubborn-socket.js";

type EdgeOptions = Parameters<typeof startEdge>[0];

const ana = { authorization: "Bearer ana" };
const socketCloseMs = 400;

const open: EdgeApp[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((edge) => edge.close()));
});

async function start(options: EdgeOptions = {}): Promise<EdgeApp> {
  const edge = await startEdge({ ...options, limits: { socketCloseMs, ...options.limits } });
  open.push(edge);
  return edge;
}

let works = 0;
/** An operation whose execution the fake resolvers record. */
function work(name: string) {
  works += 1;
  return {
    id: `${name}-${works}`,
    type: "subscribe",
    payload: { query: `mutation { work(name: "${name}") }` },
  };
}

interface Way {
  code: number;
  edge?: EdgeOptions;
  /** Null: the client does not join before. */
  init?: unknown;
  /** Makes the server close the socket: returns frames to send, or acts elsewhere. */
  provoke(edge: EdgeApp, socket: StubbornSocket): Buffer[] | Promise<unknown> | undefined;
}

const dead = new Set<string>();

const ways: Record<string, Way> = {
  "the end of its session": {
    code: 4403,
    init: ana,
    provoke: (edge) => void edge.bus.publish(sessionEnded, { sessionId: "session-of-ana" }),
  },
  "an end of its session that is noticed late": {
    code: 4403,
    init: ana,
    edge: { limits: { keepAliveMs: 100 }, isSessionLive: async (id) => !dead.has(id) },
    provoke: () => void dead.add("session-of-ana"),
  },
  "the end of its token": {
    code: 4440,
    init: { authorization: "Bearer ana:300" },
    provoke: () => undefined,
  },
  "a bad token": {
    code: 4403,
    init: null,
    provoke: async (_edge, socket) =>
      socket.send({ type: "connection_init", payload: { authorization: "Bearer bad" } }),
  },
  "too many messages": {
    code: 1008,
    edge: { limits: { socketMessagesMax: 5 } },
    provoke: () => Array.from({ length: 6 }, () => frame({ type: "ping" })),
  },
  "too many sockets of its user": {
    code: 1013,
    init: null,
    edge: { limits: { socketsPerCallerMax: 1 } },
    provoke: async (edge, socket) => {
      await joinedSocket(edge, ana);
      socket.send({ type: "connection_init", payload: ana });
    },
  },
  "no connection_init in time": {
    code: 4408,
    init: null,
    edge: { limits: { connectionInitMs: 100 } },
    provoke: () => undefined,
  },
  "a message before connection_init": { code: 4401, init: null, provoke: () => [frame(work("early"))] },
  "a second connection_init": { code: 4429, provoke: () => [frame({ type: "connection_init" })] },
  "a message that is no JSON": { code: 4400, provoke: () => [frame("{")] },
  "a ping whose payload is nested too deeply": {
    code: 4400,
    provoke: () => [frame(`{"type":"ping","payload":{"x":${"[".repeat(30_000)}${"]".repeat(30_000)}}}`)],
  },
  "an id that is used twice": {
    code: 4409,
    provoke: () => {
      const message = { ...work("x"), payload: { query: 'subscription { followed(id: "1") { id } }' } };
      return [frame(message), frame(message)];
    },
  },
  "a message that is too large": {
    code: 1009,
    edge: { limits: { messageBytesMax: 1_000 } },
    provoke: () => [frame("x".repeat(1_001))],
  },
  "a message that is no UTF-8": { code: 1007, provoke: () => [rawFrame(0x81, Buffer.from([0xff, 0xfe]))] },
  "a frame against the protocol": { code: 1002, provoke: () => [rawFrame(0xf1, Buffer.from("x"))] },
  "a server that stops": { code: 1001, provoke: (edge) => void edge.api.close() },
};

describe("a client that ignores the close frame runs no more operations and is disconnected soon after", () => {
  for (const [name, { code, edge: options, init = {}, provoke }] of Object.entries(ways)) {
    test(`${name} (${code})`, async () => {
      const edge = await start(options);
      const socket = await StubbornSocket.open(edge.url);
      if (init !== null) await socket.join(init);
      const provoked = provoke(edge, socket);
      // In the same piece as what makes the server close.
      if (Array.isArray(provoked)) socket.write(...provoked, frame(work("same-chunk")));
      else await provoked;
      expect(await socket.closeCode()).toBe(code);
      const closedAt = performance.now();
      socket.send({ type: "connection_init", payload: { authorization: "Bearer ben" } });
      await socket.sendUntilCut(work("late"), work("later"));
      expect(performance.now() - closedAt).toBeLessThan(socketCloseMs + 2_000);
      expect(edge.fakes.started).toEqual([]);
      await until(async () => (await edge.gauge("skyriff_active_subscriptions")) === 0, "all have ended");
    });
  }

  test("a socket beyond the limit of its address (1013)", async () => {
    const edge = await start({ limits: { socketsPerAddressMax: 1 } });
    await joinedSocket(edge, ana);
    const socket = await StubbornSocket.open(edge.url);
    expect(await socket.closeCode()).toBe(1013);
    await socket.sendUntilCut({ type: "connection_init", payload: ana }, work("late"));
    expect(edge.fakes.started).toEqual([]);
  });
});

test("an operation that waits for the rate limit when its session ends never starts", async () => {
  const turn = Promise.withResolvers<{ total: number; msLeft: number }>();
  let counts = 0;
  const edge = await start({
    rateLimitPerMinute: 1,
    requestCounter: {
      add: () => {
        counts += 1;
        return turn.promise;
      },
    },
  });
  const socket = await StubbornSocket.open(edge.url);
  await socket.join(ana);
  socket.send(work("waiting"));
  await until(() => counts > 0, "it is being counted");
  edge.bus.publish(sessionEnded, { sessionId: "session-of-ana" });
  expect(await socket.closeCode()).toBe(4403);
  turn.resolve({ total: 1, msLeft: 60_000 });
  await socket.sendUntilCut(work("late"));
  expect(edge.fakes.started).toEqual([]);
});

test("a stopping server starts no new operations of a client that waits for a result", async () => {
  const edge = await start();
  const socket = await StubbornSocket.open(edge.url);
  await socket.join(ana);
  socket.send(work("first"));
  await until(() => edge.fakes.started.includes("first"), "it runs");
  const stopped = edge.close();
  for (let n = 0; n < 20; n += 1) socket.send(work("second"));
  edge.fakes.gate("first").resolve();
  expect(await socket.closeCode()).toBe(1001);
  expect(socket.received).toContain('"work":"first"');
  await stopped;
  expect(edge.fakes.started).toEqual(["first"]);
});
