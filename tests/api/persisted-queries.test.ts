import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { persistedQueryLimits } from "../../src/api/graphql/documents/persisted-queries.js";
import { createSharedDocuments } from "../../src/api/graphql/documents/shared-documents.js";
import { sharedTexts } from "../../src/api/graphql/documents/shared-documents.tables.js";
import { TrustedDocuments } from "../../src/api/graphql/documents/trusted-documents.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { type EdgeApp, startEdge, until } from "./edge-app.js";
import { joinedSocket } from "./raw-socket.js";

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");
const apq = (sha256Hash: string, version: unknown = 1) => ({ persistedQuery: { version, sha256Hash } });
let names = 0;
/** A document that was never sent before. */
const newText = () => `query Q${names++} { hello }`;

let testDb: TestDatabase;
let one: EdgeApp;
let other: EdgeApp;
beforeAll(async () => {
  testDb = await freshDatabase();
  const persistedQueries = createSharedDocuments(testDb.database.db, persistedQueryLimits);
  one = await startEdge({ persistedQueries });
  other = await startEdge({ persistedQueries });
});
afterAll(async () => {
  await one.close();
  await other.close();
  await testDb.drop();
});

interface Received {
  status?: number;
  data?: unknown;
  errors?: { message: string; extensions: { code: string } }[];
}

async function post(edge: EdgeApp, body: object, headers: Record<string, string> = {}): Promise<Received> {
  const response = await fetch(`${edge.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, ...((await response.json()) as Received) };
}

async function get(
  edge: EdgeApp,
  { query, extensions }: { query?: string; extensions: object },
): Promise<Received> {
  const parameters = new URLSearchParams({ ...(query && { query }), extensions: JSON.stringify(extensions) });
  const response = await fetch(`${edge.url}/graphql?${parameters}`, {
    headers: { "apollo-require-preflight": "1" },
  });
  return { status: response.status, ...((await response.json()) as Received) };
}

async function bySocket(edge: EdgeApp, payload: { query?: string; extensions: object }): Promise<Received> {
  const { send, messages, socket } = await joinedSocket(edge);
  send({ id: "1", type: "subscribe", payload: { query: "", ...payload } });
  await until(() => messages.length > 1, "it is answered");
  socket.terminate();
  const { type, payload: received } = messages[1];
  return type === "error" ? { errors: received } : received;
}

const ways = [
  ["POST", post],
  ["GET", get],
  ["WebSocket", bySocket],
] as const;

const notFound = {
  errors: [{ message: "PersistedQueryNotFound", extensions: { code: "PERSISTED_QUERY_NOT_FOUND" } }],
};
const world = { data: { hello: "world" } };
const code = (received: Received) => received.errors?.[0]?.extensions.code;

describe.each(ways)("by %s", (_, ask) => {
  test("a hash is found on every server, over HTTP and WebSocket, once its text was sent with it", async () => {
    const query = newText();
    const extensions = apq(hashOf(query));
    expect(await ask(one, { extensions })).toMatchObject(notFound);
    expect(await ask(one, { query, extensions })).toMatchObject(world);
    for (const [, again] of ways) {
      expect(await again(one, { extensions })).toMatchObject(world);
      expect(await again(other, { extensions })).toMatchObject(world);
    }
  });

  test("a hash of another text, and another version of the protocol, are BAD_REQUEST and store nothing", async () => {
    const query = newText();
    const wrong = apq(hashOf(`${query} `));
    expect(code(await ask(one, { query, extensions: wrong }))).toBe("BAD_REQUEST");
    expect(await ask(one, { extensions: wrong })).toMatchObject(notFound);
    expect(code(await ask(one, { query, extensions: apq(hashOf(query), 2) }))).toBe("BAD_REQUEST");
    expect(await ask(one, { extensions: apq(hashOf(query)) })).toMatchObject(notFound);
  });

  test.each([5, "", null, {}])(
    "a hash that is no text (%j) is BAD_REQUEST, with or without a document",
    async (hash) => {
      const extensions = { persistedQuery: { version: 1, sha256Hash: hash } };
      const notHash = {
        errors: [
          { message: "extensions.persistedQuery has no sha256Hash.", extensions: { code: "BAD_REQUEST" } },
        ],
      };
      expect(await ask(one, { extensions })).toMatchObject(notHash);
      expect(await ask(one, { query: newText(), extensions })).toMatchObject(notHash);
    },
  );

  test("a rejected document is not stored", async () => {
    for (const query of [
      `{ nothing${names++} }`,
      `{ hello${names++} `,
      `{ hello } # ${names++}${" x".repeat(9_000)}`,
    ]) {
      const extensions = apq(hashOf(query));
      await ask(one, { query, extensions });
      expect(await ask(one, { extensions })).toMatchObject(notFound);
    }
  });
});

test("an unknown hash is PersistedQueryNotFound in every language, with HTTP 200 as Apollo Server does", async () => {
  const received = await post(one, { extensions: apq(hashOf(newText())) }, { "accept-language": "zh" });
  expect(received).toMatchObject({ status: 200, ...notFound });
});

test("a hash that is no text has HTTP 400, as all malformed requests", async () => {
  for (const persistedQuery of [{ version: 1, sha256Hash: 5 }, {}, [], "hash"]) {
    expect(await post(one, { extensions: { persistedQuery } })).toMatchObject({ status: 400 });
  }
});

test("a hash in capitals is the same hash", async () => {
  const query = newText();
  const extensions = apq(hashOf(query).toUpperCase());
  expect(await post(one, { query, extensions })).toMatchObject(world);
  expect(await post(other, { extensions })).toMatchObject(world);
});

test("a lookup of a hash counts as a request", async () => {
  const strict = await startEdge({ rateLimitPerMinute: 3 });
  const received: Received[] = [];
  for (let n = 0; n < 5; n += 1) received.push(await post(strict, { extensions: apq(hashOf(newText())) }));
  expect(received.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
  expect(code(received[4] as Received)).toBe("RATE_LIMITED");
  await strict.close();
});

test("with trusted documents only, nothing is stored, and an unknown hash is rejected", async () => {
  const trusted = { documents: new TrustedDocuments([["1", "{ hello }"]]), only: true };
  const persistedQueries = createSharedDocuments(testDb.database.db, persistedQueryLimits);
  const strict = await startEdge({ trusted, persistedQueries });
  const query = newText();
  const extensions = apq(hashOf(query));
  expect(code(await post(strict, { query, extensions }))).toBe("FORBIDDEN");
  expect(code(await post(strict, { extensions }))).toBe("FORBIDDEN");
  expect(await post(one, { extensions })).toMatchObject(notFound);
  await post(one, { query, extensions });
  expect(code(await post(strict, { extensions }))).toBe("FORBIDDEN");
  const own = "{ hello }";
  expect(await post(strict, { query: own, extensions: apq(hashOf(own)) })).toMatchObject(world);
  await strict.close();
});

test("while the database is unavailable, texts and the server's cached hashes run", async () => {
  const gone = await freshDatabase();
  const edge = await startEdge({
    persistedQueries: createSharedDocuments(gone.database.db, persistedQueryLimits),
  });
  await gone.drop();
  const query = newText();
  const extensions = apq(hashOf(query));
  expect(await post(edge, { extensions })).toMatchObject(notFound);
  expect(await post(edge, { query, extensions })).toMatchObject(world);
  expect(await post(edge, { extensions })).toMatchObject(world);
  await edge.close();
});

describe("the store is bounded", () => {
  const stored = async () =>
    (await testDb.database.db.select().from(sharedTexts)).map(({ hash }) => hash).toSorted();
  const store = (texts: ReturnType<typeof createSharedDocuments>, owner: string, hashes: string[]) =>
    hashes.reduce(
      (before, hash) => before.then(() => texts.store({ hash, text: hash, owner })),
      Promise.resolve(),
    );

  test("a client above its limit loses its own oldest documents only", async () => {
    await testDb.database.db.delete(sharedTexts);
    const texts = createSharedDocuments(testDb.database.db, { textsMax: 100, textsPerOwnerMax: 3 });
    await store(texts, "user:ana", ["ana-1", "ana-2"]);
    await store(texts, "address:eve", ["eve-1", "eve-2", "eve-3", "eve-4", "eve-5"]);
    expect(await stored()).toEqual(["ana-1", "ana-2", "eve-3", "eve-4", "eve-5"]);
  });

  test("above the total limit the oldest are deleted, and a document that is stored again counts as new", async () => {
    await testDb.database.db.delete(sharedTexts);
    const texts = createSharedDocuments(testDb.database.db, { textsMax: 3, textsPerOwnerMax: 3 });
    await store(texts, "a", ["1", "2", "3", "1"]);
    await store(texts, "b", ["4", "5"]);
    expect(await stored()).toEqual(["1", "4", "5"]);
  });

  test("many that store at once stay within the bounds", async () => {
    await testDb.database.db.delete(sharedTexts);
    const texts = createSharedDocuments(testDb.database.db, { textsMax: 10, textsPerOwnerMax: 4 });
    await Promise.all(
      Array.from({ length: 60 }, (_, n) => texts.store({ hash: `${n}`, text: "", owner: `owner-${n % 5}` })),
    );
    await store(texts, "last", ["last"]);
    expect((await stored()).length).toBeLessThanOrEqual(10);
    expect(await texts.find("last")).toBe("last");
  });
});
