import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type EdgeApp, startEdge, until } from "./edge-app.js";
import { closeOf, joinedSocket, rawSocket } from "./raw-socket.js";

const open: EdgeApp[] = [];

async function start(options?: Parameters<typeof startEdge>[0]): Promise<EdgeApp> {
  const edge = await startEdge(options);
  open.push(edge);
  return edge;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((edge) => edge.close()));
});

const ana = { authorization: "Bearer ana" };
const waiting = { query: 'subscription { changes(name: "row", count: 9) { id } }' };

test("requests over WebSocket and HTTP share one limit per user", async () => {
  const edge = await start({ rateLimitPerMinute: 2 });
  await edge.post("{ hello }", { headers: ana });
  const { send, messages } = await joinedSocket(edge, ana);
  for (const id of ["1", "2"]) {
    send({ id, type: "subscribe", payload: { query: "{ hello }" } });
    await until(() => messages.some((m) => m.id === id), `${id} is answered`);
  }
  expect(messages.find(({ id }) => id === "1").payload).toEqual({ data: { hello: "world" } });
  expect(messages.find(({ id }) => id === "2")).toMatchObject({
    type: "error",
    payload: [{ extensions: { code: "RATE_LIMITED", retryAfterMs: expect.any(Number) } }],
  });
});

test("documents have the same limits as over HTTP", async () => {
  const edge = await start();
  const { send, messages } = await joinedSocket(edge);
  const deep = `{ thing(id: "1") ${"{ self ".repeat(15)}{ id }${" }".repeat(15)} }`;
  const costly =
    "query($n: Int!) { things(first: $n) { nodes { things(first: $n) { nodes { id text } } } } }";
  send({ id: "deep", type: "subscribe", payload: { query: deep } });
  send({ id: "costly", type: "subscribe", payload: { query: costly, variables: { n: 100 } } });
  send({ id: "long", type: "subscribe", payload: { query: `{ ${"hello ".repeat(2_000)} }` } });
  await until(() => messages.length === 4, "all are answered");
  for (const { type, payload } of messages.slice(1)) {
    expect(type).toBe("error");
    expect(payload[0].extensions.code).toBe("QUERY_TOO_COMPLEX");
  }
});

test("a user's socket beyond the limit is closed with 1013, and another user's is not", async () => {
  const edge = await start({ limits: { socketsPerCallerMax: 2 } });
  const first = await joinedSocket(edge, ana);
  await joinedSocket(edge, ana);
  const third = await rawSocket(edge, ana);
  expect(await third.closed).toEqual({ code: 1013, reason: "Try again later" });
  await joinedSocket(edge, { authorization: "Bearer ben" });
  first.socket.close();
  await first.closed;
  await until(async () => (await edge.gauge("skyriff_open_sockets")) === 2, "its place is free");
  await joinedSocket(edge, ana);
});

test("an address's socket beyond the limit is closed with 1013, for any user and before connection_init", async () => {
  const edge = await start({ limits: { socketsPerAddressMax: 3 } });
  const silent = edge.raw();
  await once(silent, "open");
  const first = await joinedSocket(edge, ana);
  await joinedSocket(edge, { authorization: "Bearer ben" });
  const fourth = await rawSocket(edge, { authorization: "Bearer cleo" });
  expect(await fourth.closed).toEqual({ code: 1013, reason: "Try again later" });
  first.socket.close();
  await first.closed;
  await until(async () => (await edge.gauge("skyriff_open_sockets")) === 2, "its place is free");
  await joinedSocket(edge, { authorization: "Bearer cleo" });
});

test("a socket with too many messages at once is closed with 1008, one with as many over time is not", async () => {
  const edge = await start({ limits: { socketMessagesMax: 20, keepAliveMs: 1_000 } });
  const flooder = await joinedSocket(edge);
  for (let i = 0; i < 21; i += 1) flooder.send({ type: "ping" });
  expect(await flooder.closed).toEqual({ code: 1008, reason: "Too many messages" });
  const patient = await joinedSocket(edge);
  for (let round = 0; round < 2; round += 1) {
    await once(patient.socket, "ping");
    for (let i = 0; i < 15; i += 1) patient.send({ type: "ping" });
  }
  await until(() => patient.messages.filter(({ type }) => type === "pong").length === 30, "all are answered");
  expect(patient.socket.readyState).toBe(patient.socket.OPEN);
});

test("sockets of a session that ended without an event are closed at the next check", async () => {
  const dead = new Set<string>();
  const edge = await start({
    limits: { keepAliveMs: 500 },
    isSessionLive: async (id) => !dead.has(id),
  });
  const gone = await joinedSocket(edge, ana);
  const other = await joinedSocket(edge, { authorization: "Bearer ben" });
  dead.add("session-of-ana");
  expect(await gone.closed).toEqual({ code: 4403, reason: "Session ended" });
  expect(other.socket.readyState).toBe(other.socket.OPEN);
});

test("operations beyond the limit are rejected on all sockets of a user, until one ends", async () => {
  const edge = await start({ limits: { socketOperationsPerCallerMax: 2 } });
  const one = await joinedSocket(edge, ana);
  const two = await joinedSocket(edge, ana);
  one.send({ id: "1", type: "subscribe", payload: waiting });
  two.send({ id: "1", type: "subscribe", payload: waiting });
  await until(async () => (await edge.gauge("skyriff_active_subscriptions")) === 2, "both run");
  two.send({ id: "2", type: "subscribe", payload: waiting });
  await until(() => two.messages.some(({ id }) => id === "2"), "the third is answered");
  expect(two.messages.find(({ id }) => id === "2").payload.errors[0].extensions).toEqual({
    code: "RATE_LIMITED",
    limit: 2,
    retryAfterMs: expect.any(Number),
  });
  one.socket.terminate();
  await until(async () => (await edge.gauge("skyriff_active_subscriptions")) === 1, "one has ended");
  two.send({ id: "3", type: "subscribe", payload: waiting });
  await until(async () => (await edge.gauge("skyriff_active_subscriptions")) === 2, "the next one runs");
});

test("a message that is too large closes with 1009", async () => {
  const edge = await start();
  const { socket, closed } = await joinedSocket(edge);
  socket.send("x".repeat(256 * 1024 + 1));
  expect((await closed).code).toBe(1009);
});

test("a client that sends and never reads is disconnected before its responses fill the memory", async () => {
  const edge = await start({ limits: { socketOutboxBytesMax: 64 * 1024 } });
  const { socket, send } = await joinedSocket(edge);
  const closed = closeOf(socket);
  const stream = (socket as unknown as { _socket: Socket })._socket;
  stream.pause();
  const payload = { text: "x".repeat(50_000) };
  // The system's own buffers take some megabytes before anything is held by the server.
  for (let i = 0; i < 400 && socket.readyState === socket.OPEN; i += 1) send({ type: "ping", payload });
  await until(async () => (await edge.gauge("skyriff_open_sockets")) === 0, "the disconnect");
  stream.resume();
  expect((await closed).code).toBe(1006);
});

test("a client that does not answer pings is disconnected, one that does is not", async () => {
  const edge = await start({ limits: { keepAliveMs: 60 } });
  const dead = await joinedSocket(edge);
  const alive = await joinedSocket(edge);
  (dead.socket as unknown as { _socket: Socket })._socket.pause();
  await until(async () => (await edge.gauge("skyriff_open_sockets")) === 1, "the silent socket to close");
  for (let pings = 0; pings < 3; pings += 1) await once(alive.socket, "ping");
  expect(alive.socket.readyState).toBe(alive.socket.OPEN);
  dead.socket.terminate();
});
