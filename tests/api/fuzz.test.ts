import { readFileSync } from "node:fs";
import fc from "fast-check";
import {
  buildSchema,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { CreateProjectDocument } from "../../src/generated/operations.js";
import { errorCodes } from "../../src/platform/base/app-error.js";
import { publicId } from "../../src/platform/ids/ids.js";
import type { Client } from "../support/client.js";
import { type Product, startProduct } from "../support/product.js";
import { type RootCall, rootCalls } from "../support/schema-calls.js";
import { create } from "../support/tasks.js";
import { until } from "../support/until.js";

const schema = buildSchema(readFileSync("schema/schema.graphql", "utf8"));
// A failure prints the seed and the path to replay it by.
const runs = (numRuns: number) => ({ numRuns, endOnFailure: false });

let product: Product;
let ana: Client;
/** Ids of hers. */
const owned: string[] = [];
beforeAll(async () => {
  product = await startProduct({ worker: false, settings: { MAX_TASKS_PER_DAY: "1000000" } });
  ana = await product.user();
  const { createProject } = await ana.request(CreateProjectDocument, { input: { name: "Cats" } });
  owned.push(createProject.project.id, await create(ana), ana.userId);
});
afterAll(() => product.close());

/** Values that have broken programs before. */
const hostileText = fc.oneof(
  fc.constantFrom(
    ...["", " ", "\0", "a\0b", "\\u0000", "\ud800", "\udfff\ud800", "\u202eevil\u202c", "\u2066\u200b\ufeff"],
    ...["' or 1=1 --", '"; drop table users; --', "$$", "%s%n", "%00", "../../etc/passwd", "{{7*7}}", "#{x}"],
    ...["__proto__", "constructor", "null", "undefined", "NaN", "-0", "1e400", "true", "[object Object]"],
    ...[
      "<script>alert(1)</script>",
      "\r\nset-cookie: a=b",
      "😀".repeat(1_001),
      "é".normalize("NFD").repeat(600),
    ],
    ...["a".repeat(1_001), "漢".repeat(40_000), "x".repeat(1_000_000)],
  ),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: "grapheme", maxLength: 60 }),
);

const hostileNumber = fc.oneof(
  fc.constantFrom(0, -1, 1.5, 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e21, 1e308, -1e308, 5e-324),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

const anything = fc.oneof(
  hostileText,
  hostileNumber,
  fc.constantFrom(null, true, [], {}, [[[[[]]]]], [null], { length: -1 }),
  fc.jsonValue({ maxDepth: 3 }),
);

const foreignId = fc
  .tuple(fc.constantFrom("user", "task", "video", "project", "media", "batch", "entry", "wallet"), fc.uuid())
  .map(([prefix, uuid]) => publicId(prefix as "task", uuid));

const someId = fc.oneof(
  foreignId,
  fc.nat().map((n) => owned[n % owned.length]),
);

const somePhone = fc.integer({ min: 10_000_000, max: 99_999_999 }).map((n) => `+86138${n}`);
const someCode = fc.constantFrom("000000", "123456", "１２３４５６");

/** Where a type says too little of what would get past the door. */
const goodByName: Record<string, fc.Arbitrary<unknown>> = {
  durationSec: fc.constantFrom(10, 15),
  model: fc.constant("sora2"),
  hd: fc.constant(false),
  maxCostCredits: fc.constantFrom(10, 1_000),
  first: fc.constantFrom(1, 100),
};

const goodLeaves: Record<string, fc.Arbitrary<unknown>> = {
  ID: someId,
  String: fc.oneof(fc.constantFrom("a cat", "sora2", "sora2-pro", "key-1"), someCode, hostileText),
  Int: fc.oneof(fc.constantFrom(1, 10, 15, 100), hostileNumber),
  Boolean: fc.boolean(),
  PhoneNumber: somePhone,
  DateTime: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  Decimal: fc.constantFrom("1", "-0.5", "99999999999999999999"),
  URL: fc.webUrl(),
  Upload: fc.constantFrom(null, {}, "file", { file: {} }),
};

/** Mostly valid for the schema, so that validation passes, and sometimes anything. */
function inputOf({ name, type }: { name: string; type: GraphQLInputType }): fc.Arbitrary<unknown> {
  if (isNonNullType(type)) return inputOf({ name, type: type.ofType });
  if (isListType(type)) {
    const item = inputOf({ name, type: type.ofType });
    return mostly(fc.array(item, { maxLength: 3 }), fc.array(item, { minLength: 101, maxLength: 130 }));
  }
  if (isEnumType(type)) return mostly(fc.constantFrom(...type.getValues().map(({ name }) => name)), anything);
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).map((field) => [field.name, inputOf(field)]);
    return mostly(
      fc.record(Object.fromEntries(fields), { requiredKeys: requiredIn(type) as never[] }),
      anything,
    );
  }
  const good = goodByName[name] ?? goodLeaves[type.name];
  if (!good) throw new Error(`what is a good ${type.name}? Say it here.`);
  return mostly(good, anything);
}

function requiredIn(type: { getFields(): Record<string, { type: GraphQLInputType }> }): string[] {
  return Object.entries(type.getFields()).flatMap(([name, field]) =>
    isNonNullType(field.type) ? [name] : [],
  );
}

function mostly<T>(good: fc.Arbitrary<T>, bad: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: bad });
}

const subscriptions = rootCalls(schema).filter(({ operation }) => operation === "subscription");
const calls = rootCalls(schema).filter(({ operation }) => operation !== "subscription");
/** These end the session that everything below works with. */
const callable = calls.filter(({ field }) => !field.name.startsWith("logout"));

const callOf = (some: readonly RootCall[]) =>
  fc.constantFrom(...some).chain((call) =>
    fc
      .record(Object.fromEntries(call.field.args.map((arg) => [arg.name, inputOf(arg)])), {
        requiredKeys: call.field.args.flatMap(({ name, type }) => (isNonNullType(type) ? [name] : [])),
      })
      .map((variables) => ({ call, variables: variables as Record<string, unknown> })),
  );

interface FuzzResponse {
  status: number;
  codes: unknown[];
  text: string;
}

async function send(body: string, headers: Record<string, string> = {}): Promise<FuzzResponse> {
  const response = await fetch(`${product.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${ana.token}`, ...headers },
    body,
  });
  const text = await response.text();
  const { errors = [] } = JSON.parse(text) as { errors?: { extensions?: { code?: unknown } }[] };
  return { status: response.status, text, codes: errors.map(({ extensions }) => extensions?.code) };
}

/** Only codes of the contract, none of them ours to blame, and nothing of our inside. */
function mustBeCoded({ status, codes, text }: FuzzResponse): void {
  expect(status).toBeLessThan(500);
  for (const code of codes) {
    expect(errorCodes).toContain(code);
    expect(code).not.toBe("INTERNAL_SERVER_ERROR");
  }
  expect(text).not.toMatch(/node_modules|at .*\.[jt]s:\d|select .* from "|postgres/);
}

/** A value as it stands in a document. Lone surrogates cannot stand there at all. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => literal(item)).join(",")}]`;
  if (value !== null && typeof value === "object")
    return `{${Object.entries(value)
      .map(([name, inner]) => `${name}:${literal(inner)}`)
      .join(",")}}`;
  const isEnum = typeof value === "string" && /^(RATIO_|[A-Z]+_?[A-Z]*$)/.test(value);
  return isEnum ? value : JSON.stringify(value);
}

function withLiterals({ call, variables }: { call: RootCall; variables: Record<string, unknown> }): string {
  const args = Object.entries(variables).map(([name, value]) => `${name}: ${literal(value)}`);
  return `${call.operation} { ${call.field.name}${args.length > 0 ? `(${args.join(", ")})` : ""} { __typename } }`;
}

test("random values in the schema's inputs, as variables or literals, are rejected with a code or run", {}, async () => {
  const batch = fc.array(fc.tuple(callOf(callable), fc.boolean()), { minLength: 8, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(batch, async (inputs) => {
      await Promise.all(
        inputs.map(async ([one, inDocument]) => {
          const { document } = one.call;
          const body = inDocument
            ? { query: withLiterals(one) }
            : { query: document, variables: one.variables };
          mustBeCoded(await send(JSON.stringify(body)));
        }),
      );
    }),
    runs(60),
  );
});

test("a literal gives the same answer before and after its document is compiled", async () => {
  const words = [
    '"',
    "\\",
    "`",
    "#{x}",
    "*/",
    "\u2028\u2029",
    "\r\n",
    "</script>",
    "\u0000",
    "constructor",
    "'+process.exit()+'",
  ];
  for (const word of words) {
    const text = JSON.stringify(word);
    const query = `query { a: task(id: ${text}) { id } constructor: me { __proto__: id } b: project(id: """${word.replace(/["\\\0]/g, "")} """) { id } }`;
    const responses: FuzzResponse[] = [];
    for (let i = 0; i < 6; i += 1) responses.push(await send(JSON.stringify({ query })));
    for (const one of responses) mustBeCoded(one);
    expect(new Set(responses.map((one) => one.text)).size, query).toBe(1);
  }
});

test("random requests, headers and operation names are answered with a code", async () => {
  const request = fc.record(
    {
      query: fc.oneof(
        fc.constantFrom("{ me { id } }", "query A { me { id } } query B { __typename }"),
        hostileText,
        anything,
      ),
      variables: anything,
      operationName: fc.oneof(fc.constantFrom("A", null), anything),
      extensions: fc.oneof(anything, fc.record({ persistedQuery: anything })),
      documentId: anything,
    },
    { requiredKeys: [] },
  );
  const ascii = fc.string({ maxLength: 40 }).map((text) => text.trim());
  const headers = fc.record(
    {
      "x-request-id": ascii,
      "accept-language": fc.oneof(ascii, fc.constant("zh;q=9,".repeat(200))),
      accept: fc.oneof(ascii, fc.constant("application/graphql-response+json")),
      authorization: fc.oneof(
        ascii,
        fc.constantFrom("Bearer", "Bearer a.b.c", `Bearer ${"x".repeat(9_000)}`),
      ),
      traceparent: ascii,
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(request, anything), headers, async (body, given) => {
      mustBeCoded(await send(JSON.stringify(body), given as Record<string, string>));
    }),
    runs(200),
  );
});

test("random WebSocket messages are answered or close the socket, and the server keeps running", async () => {
  const payload = fc.record(
    { query: hostileText, variables: anything, documentId: anything },
    { requiredKeys: [] },
  );
  const subscribing = callOf(subscriptions).map(({ call, variables }) => ({
    query: call.document,
    variables,
  }));
  const message = fc.oneof(
    hostileText,
    anything.map((value) => JSON.stringify(value)),
    fc
      .record({
        type: fc.constantFrom("subscribe", "ping", "pong", "complete", "connection_init", "next", "x"),
        id: fc.oneof(fc.constantFrom("1", "2"), anything),
        payload: fc.oneof(subscribing, payload, anything),
      })
      .map((value) => JSON.stringify(value)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      async (messages, begins) => {
        const socket = new WebSocket(`${product.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
        let received = "";
        socket.on("message", (data) => {
          received += String(data);
        });
        socket.on("error", () => {});
        await new Promise((resolve) => socket.once("open", resolve));
        const authorization = `Bearer ${ana.token}`;
        if (begins) socket.send(JSON.stringify({ type: "connection_init", payload: { authorization } }));
        for (const text of messages) socket.send(text.toWellFormed().slice(0, 200_000));
        socket.send('{"type":"ping"}');
        await until(
          "an answer to the ping or a close",
          () => /"pong"/.test(received) || socket.readyState === 3,
        );
        socket.terminate();
        expect(received).not.toContain("INTERNAL_SERVER_ERROR");
      },
    ),
    runs(60),
  );
});

test("the server logged no error", async () => {
  expect(product.logged.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  expect((await fetch(`${product.url}/readyz`)).status).toBe(200);
});
