import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EdgeApp, startEdge, until } from "./edge-app.js";
import { joinedSocket, rawSocket } from "./raw-socket.js";

let edge: EdgeApp;
beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge.close());

const levels = 20_000;
const lists = "[".repeat(levels) + "]".repeat(levels);
const objects = `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

/** Texts, since JSON.stringify does not go so deep. */
const deep = [
  ["lists", lists],
  ["objects", objects],
  ["a list in a shallow object", `{"x":{"text":${lists}}}`],
] as const;

const documents = [
  ["not used", "{ hello }"],
  ["declared", "query ($x: ID) { thing(id: $x) { id } }"],
  ["used", "query ($x: ID!) { thing(id: $x) { id } }"],
  ["used in a list", "query ($x: [PhoneNumber!]!) { calls(phones: $x) }"],
  ["used in an input", "query ($x: Wish!) { wish(wish: $x) }"],
  ["used in a document that is wrong", "query ($x: Wish!) { nothing(wish: $x) }"],
  ["used by a mutation", "mutation ($x: String!) { work(name: $x) }"],
] as const;

const subscriptions = [
  ["not used by a subscription", 'subscription { followed(id: "1") { id } }'],
  ["used by a subscription", "subscription ($x: ID!) { followed(id: $x) { id } }"],
] as const;

function bodies(query: string, value: string): string[] {
  const text = JSON.stringify(query);
  return [
    `{"query":${text},"variables":{"x":${value}}}`,
    `{"query":${text},"variables":${value}}`,
    `{"query":${text},"variables":{},"extensions":{"x":${value}}}`,
  ];
}

interface Told {
  errors?: { extensions: { code: string } }[];
}

function mustBeCoded({ errors }: Told, what: string): void {
  expect(errors?.length, what).toBeGreaterThan(0);
  for (const { extensions } of errors ?? []) {
    expect(extensions.code, what).toMatch(/^[A-Z_]+$/);
    expect(extensions.code, what).not.toBe("INTERNAL_SERVER_ERROR");
  }
}

describe.each(deep)("%s, thousands in one another", (_, value) => {
  test.each(documents)(
    "%s: over HTTP that is the client's mistake, however often it comes",
    async (_, query) => {
      for (const body of bodies(query, value)) {
        for (let n = 0; n < 5; n += 1) {
          const response = await fetch(`${edge.url}/graphql`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body,
          });
          expect(response.status).toBeLessThan(500);
          mustBeCoded((await response.json()) as Told, body.slice(0, 200));
        }
      }
    },
  );

  test.each([...documents, ...subscriptions])(
    "%s: over WebSocket it is, too, and leaves nothing behind",
    async (_, query) => {
      const before = await edge.gauge("skyriff_active_subscriptions");
      const { socket, messages } = await joinedSocket(edge);
      // A list in the place of all variables is no message of the protocol, and closes the socket.
      const sent = bodies(query, value).filter((body) => !/"variables":\[/.test(body));
      for (const [n, payload] of sent.entries())
        socket.send(`{"id":"${n}","type":"subscribe","payload":${payload}}`);
      await until(() => messages.length > sent.length, "all are answered");
      for (const { type, payload } of messages.slice(1))
        mustBeCoded(type === "error" ? { errors: payload } : payload, query);
      expect(socket.readyState).toBe(socket.OPEN);
      expect(await edge.gauge("skyriff_active_subscriptions")).toBe(before);
      socket.terminate();
    },
  );

  test("is rejected in a query's URL and in a multipart request, too", async () => {
    const short = value.length > 10_000 ? "[".repeat(4_000) + "]".repeat(4_000) : value;
    const url = `${edge.url}/graphql?query=${encodeURIComponent("{ hello }")}&variables={"x":${short}}`;
    const byUrl = await fetch(url, { headers: { "apollo-require-preflight": "1" } });
    mustBeCoded((await byUrl.json()) as Told, "by URL");
    const form = new FormData();
    form.set("operations", bodies("{ hello }", value)[0] as string);
    form.set("map", "{}");
    const headers = { "apollo-require-preflight": "1" };
    const byForm = await fetch(`${edge.url}/graphql`, { method: "POST", headers, body: form });
    expect(byForm.status).toBeLessThan(500);
    mustBeCoded((await byForm.json()) as Told, "by form");
  });

  test("closes only its own socket in connection_init or another message", async () => {
    const first = await rawSocket(edge);
    first.socket.send(`{"type":"connection_init","payload":{"x":${value}}}`);
    const joined = await joinedSocket(edge);
    for (const text of [`{"type":"ping","payload":{"x":${value}}}`, `{"type":${value}}`, value])
      joined.socket.send(text);
    await joined.closed;
    first.socket.terminate();
    expect((await edge.post("{ hello }")).body).toEqual({ data: { hello: "world" } });
  });
});

test("variables as deep as the schema's inputs are accepted", async () => {
  const { body } = await edge.post("query ($x: Wish!) { wish(wish: $x) }", {
    variables: { x: { text: "t" } },
  });
  expect(body).toEqual({ data: { wish: "t" } });
});

test("the server logged no error", () => {
  expect(edge.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
});
