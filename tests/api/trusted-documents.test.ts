import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildSchema, type DocumentNode, Kind, print } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadTrustedDocuments, TrustedDocuments } from "../../src/api/graphql/documents/trusted-documents.js";
import { readConfig } from "../../src/app/config.js";
import * as operations from "../../src/generated/operations.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { type EdgeApp, startEdge, until } from "./edge-app.js";
import { joinedSocket } from "./raw-socket.js";

const hello = "query Hello { hello }";
const thing = "query Thing($id: ID!) { thing(id: $id) { id } }";
const hash = (text: string) => createHash("sha256").update(text).digest("hex");
const apq = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });

let strict: EdgeApp;
let open: EdgeApp;
beforeAll(async () => {
  const documents = new TrustedDocuments([
    ["app-1.hello", hello],
    [hash(thing), thing],
  ]);
  strict = await startEdge({ trusted: { documents, only: true } });
  open = await startEdge({ trusted: { documents, only: false } });
});
afterAll(async () => {
  await strict.close();
  await open.close();
});

async function post(edge: EdgeApp, body: object) {
  const response = await fetch(`${edge.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, ...((await response.json()) as { data?: unknown; errors?: never[] }) };
}

async function get(edge: EdgeApp, parameters: Record<string, string>) {
  const response = await fetch(`${edge.url}/graphql?${new URLSearchParams(parameters)}`, {
    headers: { "apollo-require-preflight": "1" },
  });
  return { status: response.status, ...((await response.json()) as object) };
}

/** The first message that answers this payload over a WebSocket. */
async function bySocket(edge: EdgeApp, payload: object) {
  const { send, messages, socket } = await joinedSocket(edge);
  send({ id: "1", type: "subscribe", payload });
  await until(() => messages.length > 1, "it is answered");
  socket.terminate();
  return messages[1];
}

const refused = { errors: [{ extensions: { code: "FORBIDDEN", reason: "UNTRUSTED_DOCUMENT" } }] };
const byEveryName = [
  { query: hello },
  { documentId: "app-1.hello" },
  { documentId: hash(hello) },
  { documentId: `sha256:${hash(hello)}` },
  { extensions: apq(hash(hello)) },
  { query: hello, extensions: apq(hash(hello)) },
];

describe("with trusted documents only", () => {
  test("a document of the manifest runs by its id, its hash, Apollo's hash, or its exact text", async () => {
    for (const body of byEveryName) {
      expect(await post(strict, body)).toEqual({ status: 200, data: { hello: "world" } });
      expect(await bySocket(strict, { query: "", ...body })).toMatchObject({
        type: "next",
        payload: { data: { hello: "world" } },
      });
    }
    expect(await post(strict, { documentId: hash(thing), variables: { id: "7" } })).toMatchObject({
      data: { thing: { id: "7" } },
    });
    const byUrl: Record<string, string>[] = [
      { documentId: hash(hello) },
      { extensions: JSON.stringify(apq(hash(hello))) },
      { query: hello },
    ];
    for (const parameters of byUrl)
      expect(await get(strict, parameters)).toMatchObject({
        data: { hello: "world" },
      });
  });

  test("no other document runs by text or id, over HTTP and WebSocket", async () => {
    const others = [
      { query: "{ hello }" },
      { query: `${hello} ` },
      { query: "{ __schema { types { name } } }" },
      { query: "{ hello }", documentId: hash(hello) },
      { query: "{ hello }", extensions: apq(hash(hello)) },
      { documentId: hash("{ hello }") },
      { documentId: "__proto__" },
      { extensions: apq("00") },
    ];
    for (const body of others) {
      expect(await post(strict, body), JSON.stringify(body)).toMatchObject({ status: 403, ...refused });
      expect(await bySocket(strict, { query: "", ...body })).toMatchObject({
        type: "error",
        payload: refused.errors,
      });
    }
    expect(await get(strict, { query: "{ hello }" })).toMatchObject({ status: 403, ...refused });
    expect(await get(strict, { documentId: "nobody's" })).toMatchObject({ status: 403, ...refused });
  });

  test("an upload's operation must be of the manifest, too", async () => {
    const form = new FormData();
    form.set("operations", JSON.stringify({ query: "mutation($f: Upload!) { ignore(file: $f) }" }));
    form.set("map", "{}");
    const response = await fetch(`${strict.url}/graphql`, {
      method: "POST",
      headers: { "apollo-require-preflight": "1" },
      body: form,
    });
    expect(await response.json()).toMatchObject(refused);
  });

  test("there is no explorer", async () => {
    expect(readConfig({ TRUSTED_DOCUMENTS: "only" }).explorer).toBe(false);
    expect((await fetch(`${strict.url}/playground`)).status).toBe(404);
    expect((await fetch(`${strict.url}/playground/start.js`)).status).toBe(404);
  });
});

describe("with any documents allowed", () => {
  test("ids work, so that a front end can switch first", async () => {
    for (const body of byEveryName)
      expect(await post(open, body)).toMatchObject({ data: { hello: "world" } });
    expect(await post(open, { query: "{ hello }" })).toMatchObject({ data: { hello: "world" } });
  });

  test("an unknown id and a hash of another text are BAD_REQUEST", async () => {
    const bad = { errors: [{ extensions: { code: "BAD_REQUEST" } }] };
    expect(await post(open, { documentId: "nobody's" })).toMatchObject({ status: 400, ...bad });
    expect(await post(open, { query: "{ hello }", extensions: apq(hash(hello)) })).toMatchObject(bad);
  });
});

test("introspection and the explorer are on by default, and off in production unless a setting turns them on", () => {
  const production = {
    NODE_ENV: "production",
    DATABASE_URL: "postgres://db/x",
    AUTH_SECRET: "0123456789abcdef0123456789abcdef",
    PUBLIC_URL: "https://api.example.com",
    SMS_CONSOLE_IN_PRODUCTION: "on",
    DYUAPI_API_KEY: "k",
  };
  const on = { introspection: true, explorer: true };
  const off = { introspection: false, explorer: false };
  expect(readConfig({})).toMatchObject(on);
  expect(readConfig({ INTROSPECTION: "off" })).toMatchObject(off);
  expect(readConfig(production)).toMatchObject(off);
  expect(readConfig({ ...production, INTROSPECTION: "on" })).toMatchObject(on);
});

describe("the manifest", () => {
  const schema = buildSchema(readFileSync("schema/schema.graphql", "utf8"));

  test("that ships has every operation of the clients exactly as they send it", () => {
    const shipped = loadTrustedDocuments(undefined);
    const isOperation = (document: DocumentNode) =>
      document.definitions[0]?.kind === Kind.OPERATION_DEFINITION;
    const sent = (Object.values(operations) as DocumentNode[]).filter(isOperation).map((node) => print(node));
    expect(sent.length).toBeGreaterThan(15);
    expect(sent.filter((text) => !shipped.includes(text))).toEqual([]);
    expect(shipped.findInvalid(schema)).toEqual([]);
  });

  test("may be Apollo's or GraphQL Code Generator's, or several, and invalid documents are reported", async () => {
    const folder = await temporaryFolder();
    const write = async (name: string, content: unknown) => {
      await writeFile(join(folder.path, name), JSON.stringify(content));
      return join(folder.path, name);
    };
    const apollo = await write("apollo.json", {
      format: "apollo-persisted-query-manifest",
      version: 1,
      operations: [{ id: "a1", name: "Me", type: "query", body: "query Me { me { id } }" }],
    });
    const codegen = await write("codegen.json", { c1: "query Old { gone }", c2: "query {" });
    const both = loadTrustedDocuments([apollo, codegen]);
    expect(both.find("a1")).toBe("query Me { me { id } }");
    expect(both.find("c1")).toBe("query Old { gone }");
    expect(both.findInvalid(schema)).toHaveLength(2);
    const other = await write("other.json", [1, 2]);
    expect(() => loadTrustedDocuments([other])).toThrow(/other\.json: this is no manifest/);
    expect(() => loadTrustedDocuments(["/no/such/file.json"])).toThrow(/TRUSTED_DOCUMENTS_FILE.*ENOENT/);
    await folder.remove();
  });
});
