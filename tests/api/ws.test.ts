import { once } from "node:events";
import type { ExecutionResult } from "graphql";
import type { Client } from "graphql-ws";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { sessionEnded } from "../../src/modules/accounts/index.js";
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

async function execute(client: Client, query: string, variables?: Record<string, unknown>) {
  const results: ExecutionResult[] = [];
  for await (const result of client.iterate({ query, variables })) results.push(result as ExecutionResult);
  return results;
}

const changes = 'subscription($count: Int!) { changes(name: "row", count: $count) { id text } }';

describe("over a WebSocket", () => {
  test("queries and mutations have the same results as over HTTP", async () => {
    const edge = await start();
    edge.fakes.gate("by-socket").resolve();
    const client = edge.client({ connectionParams: { authorization: "Bearer ana" } });
    expect(await execute(client, "{ viewer }")).toEqual([{ data: { viewer: "ana" } }]);
    expect(await execute(client, 'mutation { work(name: "by-socket") }')).toEqual([
      { data: { work: "by-socket" } },
    ]);
    await client.dispose();
  });

  test("a subscription sends each event and completes", async () => {
    const edge = await start();
    const client = edge.client();
    for (const i of [1, 2, 3]) edge.fakes.gate(`row-${i}`).resolve();
    expect(await execute(client, changes, { count: 3 })).toHaveLength(3);
    expect(edge.fakes.endedSubscriptions).toBe(1);
    await client.dispose();
  });

  test("each event shows the state at its time, not one loaded for an earlier event", async () => {
    const edge = await start();
    const client = edge.client();
    const results = client.iterate({ query: changes, variables: { count: 2 } });
    for (const text of ["queued", "done"]) {
      edge.fakes.rows.set("row", text);
      edge.fakes.gate(`row-${text === "queued" ? 1 : 2}`).resolve();
      const { value } = await results.next();
      expect(value).toEqual({ data: { changes: { id: "row", text } } });
    }
    expect(edge.fakes.reads).toEqual(["row", "row"]);
    await client.dispose();
  });

  test("a subscription that the client completes ends on the server, even while it waits for an event", async () => {
    const edge = await start();
    const { messages, send, socket } = await joinedSocket(edge);
    send({ id: "a", type: "subscribe", payload: { query: changes, variables: { count: 9 } } });
    edge.fakes.gate("row-1").resolve();
    await until(() => messages.some(({ type }) => type === "next"), "the first event is here");
    send({ id: "a", type: "complete" });
    await until(async () => (await edge.gauge("skyriff_active_subscriptions")) === 0, "it has ended");
    socket.terminate();
    await until(async () => (await edge.gauge("skyriff_open_sockets")) === 0, "the socket is gone");
  });

  test("errors have the contract's codes, and a document that does not parse leaves the socket open", async () => {
    const edge = await start();
    const { messages, send, socket } = await joinedSocket(edge, { acceptLanguage: "zh" });
    const errorOf = async (id: string, query: string, variables?: unknown) => {
      send({ id, type: "subscribe", payload: { query, variables } });
      await until(() => messages.some((m) => m.id === id && m.type !== "complete"), `${id} is answered`);
      const message = messages.find((m) => m.id === id);
      const errors = message.type === "error" ? message.payload : message.payload.errors;
      return { type: message.type, code: errors[0].extensions.code, message: errors[0].message };
    };
    expect(await errorOf("parse", "{ hello")).toMatchObject({ type: "error", code: "GRAPHQL_PARSE_FAILED" });
    expect(await errorOf("unknown", "{ nothing }")).toMatchObject({
      type: "error",
      code: "GRAPHQL_VALIDATION_FAILED",
    });
    expect(await errorOf("which", "query A { hello } query B { hello }")).toMatchObject({
      code: "BAD_REQUEST",
    });
    expect(
      await errorOf("variable", "query($p: PhoneNumber!) { call(phone: $p, times: 1) }", { p: "1" }),
    ).toMatchObject({ code: "BAD_USER_INPUT" });
    expect(await errorOf("refused", "{ refused }")).toMatchObject({
      code: "BAD_USER_INPUT",
      message: "该名称已被使用。",
    });
    expect(await errorOf("viewer", "{ viewer }")).toMatchObject({
      code: "UNAUTHENTICATED",
      message: "请先登录。",
    });
    expect(await errorOf("mine", "subscription { mine }")).toMatchObject({ code: "UNAUTHENTICATED" });
    expect(await errorOf("bug", "{ bug }")).toMatchObject({ code: "INTERNAL_SERVER_ERROR" });
    expect(socket.readyState).toBe(socket.OPEN);
    expect(JSON.stringify(messages)).not.toMatch(/hunter2|secret|stack/);
  });

  test("a source that throws ends its subscription with a masked error", async () => {
    const edge = await start();
    const { messages, send } = await joinedSocket(edge);
    send({ id: "b", type: "subscribe", payload: { query: "subscription { breaking }" } });
    await until(() => messages.some(({ type }) => type === "error"), "the error");
    expect(messages.map(({ type }) => type)).toEqual(["connection_ack", "next", "error"]);
    expect(messages[2].payload[0].extensions).toEqual({
      code: "INTERNAL_SERVER_ERROR",
      errorId: expect.any(String),
    });
    expect(JSON.stringify(messages)).not.toContain("hunter2");
    expect(await edge.gauge("skyriff_active_subscriptions")).toBe(0);
  });

  test("every document that does not parse gets an error message, and the socket stays open", async () => {
    const edge = await start();
    const { messages, send, socket } = await joinedSocket(edge);
    const documents = [
      "",
      " ",
      "{",
      "}",
      "nonsense",
      "query {",
      '{ hello(a: "',
      "\u0000",
      "😀",
      "#",
      "{ hello } }",
    ];
    for (const [n, query] of documents.entries()) {
      send({ id: String(n), type: "subscribe", payload: { query } });
      await until(() => messages.some(({ id }) => id === String(n)), `"${query}" is answered`);
      expect(messages.find(({ id }) => id === String(n))).toMatchObject({
        type: "error",
        payload: [{ extensions: { code: expect.stringMatching(/GRAPHQL_PARSE_FAILED|BAD_REQUEST/) } }],
      });
    }
    expect(socket.readyState).toBe(socket.OPEN);
  });

  test("the language comes from connection_init, or else from the upgrade request", async () => {
    const edge = await start();
    const client = edge.client({ connectionParams: { acceptLanguage: "zh-TW" } });
    const [result] = await execute(client, "{ refused }");
    expect(result?.errors?.[0]?.message).toBe("该名称已被使用。");
    await client.dispose();
  });
});

describe("a token in connection_init", () => {
  test("that is missing or empty is accepted: only some fields need a user", async () => {
    const edge = await start();
    for (const payload of [undefined, {}, { authorization: "" }, { authorization: "Bearer " }]) {
      const { messages, socket } = await joinedSocket(edge, payload);
      expect(messages).toEqual([{ type: "connection_ack" }]);
      socket.terminate();
    }
  });

  test("that is invalid closes with 4403", async () => {
    const edge = await start();
    for (const authorization of ["Bearer bad", "Basic YTpi", "bad", 7]) {
      const { closed } = await rawSocket(edge, { authorization });
      expect(await closed).toEqual({ code: 4403, reason: "Forbidden" });
    }
  });

  const forms: [string, unknown][] = [
    ["authorization", { authorization: "Bearer ana" }],
    ["Authorization", { Authorization: "Bearer ana" }],
    ["AUTHORIZATION", { AUTHORIZATION: "bearer ana" }],
    ["headers.authorization", { headers: { authorization: "Bearer ana" } }],
    ["headers.Authorization", { headers: { "X-Other": 1, Authorization: "Bearer ana" } }],
    ["headers beside an empty one", { authorization: "", headers: { authorization: "Bearer ana" } }],
  ];
  test.each(forms)("is taken from %s", async (_, payload) => {
    const edge = await start();
    const { messages, send } = await joinedSocket(edge, payload);
    send({ id: "1", type: "subscribe", payload: { query: "{ viewer }" } });
    await until(() => messages.length > 1, "it is answered");
    expect(messages[1].payload).toEqual({ data: { viewer: "ana" } });
  });

  test("that is invalid closes with 4403 in any place, and malformed headers are ignored", async () => {
    const edge = await start();
    for (const payload of [
      { Authorization: "Bearer bad" },
      { headers: { Authorization: "Bearer bad" } },
      { headers: { authorization: ["x"] } },
    ]) {
      const { closed } = await rawSocket(edge, payload);
      expect(await closed).toEqual({ code: 4403, reason: "Forbidden" });
    }
    for (const headers of [null, 7, "authorization", ["authorization"], {}])
      expect((await joinedSocket(edge, { headers })).messages).toHaveLength(1);
  });

  test("that has already expired closes with 4440", async () => {
    const edge = await start();
    const { closed, messages } = await rawSocket(edge, { headers: { Authorization: "Bearer ana:-1" } });
    expect(await closed).toEqual({ code: 4440, reason: "Access token expired" });
    expect(messages).toEqual([]);
  });

  test("that expires closes with 4440, so that the client refreshes it", async () => {
    const edge = await start();
    const { closed, messages } = await rawSocket(edge, { authorization: "Bearer ana:100" });
    expect(await closed).toEqual({ code: 4440, reason: "Access token expired" });
    expect(messages).toEqual([{ type: "connection_ack" }]);
  });

  test("whose session ends closes every socket of that session, and no other", async () => {
    const edge = await start();
    const first = await joinedSocket(edge, { authorization: "Bearer ana" });
    const second = await joinedSocket(edge, { authorization: "Bearer ana" });
    const other = await joinedSocket(edge, { authorization: "Bearer ben" });
    edge.bus.publish(sessionEnded, { sessionId: "session-of-ana" });
    expect(await first.closed).toEqual({ code: 4403, reason: "Session ended" });
    expect(await second.closed).toEqual({ code: 4403, reason: "Session ended" });
    other.send({ type: "ping" });
    await until(() => other.messages.some(({ type }) => type === "pong"), "ben's socket is still open");
  });
});

describe("a socket that violates the protocol is closed with its code", () => {
  test("4401 for an operation before connection_init, 4429 for a second connection_init, 4400 for a malformed message, 4409 for a duplicate id", async () => {
    const edge = await start();
    const early = edge.raw();
    early.once("open", () => early.send('{"id":"1","type":"subscribe","payload":{"query":"{ hello }"}}'));
    expect(await closeOf(early)).toMatchObject({ code: 4401 });
    const twice = await rawSocket(edge);
    twice.send({ type: "connection_init" });
    expect(await twice.closed).toMatchObject({ code: 4429 });
    const malformed = await rawSocket(edge);
    malformed.socket.send("hello?");
    expect(await malformed.closed).toMatchObject({ code: 4400 });
    const double = await joinedSocket(edge);
    const payload = { query: changes, variables: { count: 9 } };
    double.send({ id: "1", type: "subscribe", payload });
    double.send({ id: "1", type: "subscribe", payload });
    expect(await double.closed).toMatchObject({ code: 4409 });
  });

  test("4406 without a subprotocol, 4408 without connection_init", async () => {
    const edge = await start({ limits: { connectionInitMs: 50 } });
    const silent = edge.raw();
    expect(await closeOf(silent)).toMatchObject({ code: 4408 });
    const withoutProtocol = edge.raw({ protocol: undefined });
    expect(await closeOf(withoutProtocol)).toMatchObject({ code: 4406 });
  });

  test("an upgrade to another path gets 404", async () => {
    const edge = await start();
    const stray = new WebSocket(`${edge.url.replace("http", "ws")}/elsewhere`, "graphql-transport-ws");
    const [error] = await once(stray, "error");
    expect(String(error)).toMatch(/404/);
  });
});

describe("a server that stops", () => {
  test("closes sockets with 1001, after the results of running operations", async () => {
    const edge = await startEdge();
    const watcher = await joinedSocket(edge);
    watcher.send({ id: "w", type: "subscribe", payload: { query: changes, variables: { count: 9 } } });
    const caller = await joinedSocket(edge);
    caller.send({ id: "q", type: "subscribe", payload: { query: 'mutation { work(name: "last") }' } });
    await until(() => edge.fakes.started.includes("last"), "the mutation runs");
    const closed = edge.close();
    expect(await watcher.closed).toEqual({ code: 1001, reason: "Going away" });
    edge.fakes.gate("last").resolve();
    expect(await caller.closed).toEqual({ code: 1001, reason: "Going away" });
    expect(caller.messages.map(({ type }) => type)).toEqual(["connection_ack", "next", "complete"]);
    await closed;
  });

  test("does not wait for a client that does not close", async () => {
    const edge = await startEdge({ limits: { drainMs: 200 } });
    const { socket } = await joinedSocket(edge);
    (socket as unknown as { _socket: { pause(): void } })._socket.pause();
    const startedAt = performance.now();
    await edge.close();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    socket.terminate();
  });
});
