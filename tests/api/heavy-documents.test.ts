import { getIntrospectionQuery, parse, specifiedRules, validate } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { documentRules, validationOptions } from "../../src/api/graphql/documents/document-limits.js";
import { apiLimits } from "../../src/api/limits.js";
import { createSchema } from "../../src/app/schema.js";
import { type EdgeApp, startEdge } from "./edge-app.js";

let edge: EdgeApp;
beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge.close());

const times = (count: number, text: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(" ");

/** Each within the limit of tokens, but expensive to validate without a check before. */
const heavy: Record<string, string> = {
  "the same field again and again": `{ ${times(490, () => "thing{id}")} }`,
  "the same field with long arguments": `{ ${times(60, () => `thing(id:"${"x".repeat(900)}"){id}`)} }`,
  "the same leaves": `{ thing(id:"1") { ${times(1_900, () => "id")} } }`,
  "many fragments on one thing": `{ thing(id:"1") { ${times(140, (i) => `...F${i}`)} } } ${times(140, (i) => `fragment F${i} on Thing { id text }`)}`,
  "a chain of fragments": `{ thing(id:"1") { ...F0 } } ${times(140, (i) => `fragment F${i} on Thing { id ...F${i + 1} }`)} fragment F140 on Thing { id }`,
  "fragments that multiply": `{ thing(id:"1") { ...F0 } } ${times(20, (i) => `fragment F${i} on Thing { a${i}: self { ...F${i + 1} } b${i}: self { ...F${i + 1} } }`)} fragment F20 on Thing { id }`,
  "unused fragments": `{ hello } ${times(12, (i) => `fragment F${i} on Thing { ${times(38, () => "self{id}")} }`)}`,
  "nesting without end": `{ thing(id:"1") { ${"self{".repeat(400)} id ${"}".repeat(400)} } }`,
  "inline fragments without end": `{ thing(id:"1") { ${"...on Thing{id ".repeat(280)} ${"}".repeat(280)} } }`,
  "a text longer than any document": `{ thing(id:"""${"\n x".repeat(60_000)}""") { id } }`,
  "introspection again and again": `{ ${times(90, () => "__schema{types{name fields{name}}}")} }`,
};

/** Rejected for another reason. They must not be expensive either. */
const wrong: Record<string, string> = {
  "unknown fields with long names": `{ ${times(700, (i) => `thing${i}`.repeat(10))} }`,
  "unused variables": `query(${times(250, (i) => `$v${i}:ID!`)}) { hello }`,
  "fragments in circles": `{ thing(id:"1") { ...F0 } } ${times(60, (i) => `fragment F${i} on Thing { ${times(7, (j) => `...F${(i * 7 + j) % 60}`)} }`)}`,
};

test.each(Object.entries(heavy))("%s is QUERY_TOO_COMPLEX", async (_, query) => {
  const { body } = await edge.post(query);
  expect(body.errors).toMatchObject([{ extensions: { code: "QUERY_TOO_COMPLEX" } }]);
});

test("two thousand tokens of the same leaf are rejected before graphql compares them pair by pair", async () => {
  const { body } = await edge.post(heavy["the same leaves"] as string);
  expect(body.errors[0].extensions).toEqual({ code: "QUERY_TOO_COMPLEX", limit: "repeats", max: 5_000 });
});

test("fields that a reasonable number of fragments repeat are answered", async () => {
  const query = `{ thing(id:"1") { ${times(40, (i) => `...F${i}`)} } } ${times(40, (i) => `fragment F${i} on Thing { id self { id text } }`)}`;
  expect((await edge.post(query)).body).toEqual({
    data: { thing: { id: "1", self: { id: "1", text: "" } } },
  });
});

/**
 * Compares CPU, so that a busy machine does not matter, with a document that every server has to accept: the
 * introspection query of tools, about a millisecond.
 */
test("rejecting the heaviest document costs at most eight times as much CPU as the introspection query of tools", async () => {
  const schema = await createSchema([]);
  const rules = [...specifiedRules, ...documentRules(apiLimits, true)];
  const check = (text: string) => {
    const before = process.cpuUsage();
    try {
      const document = parse(text, { maxTokens: apiLimits.documentTokensMax });
      validate(schema, document, rules, validationOptions(false));
    } catch {
      // Too many tokens: refused by the parser.
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
  const leastOf = (text: string) => Math.min(...Array.from({ length: 15 }, () => check(text)));
  const introspectionMs = leastOf(getIntrospectionQuery());
  const tooLong = "a text longer than any document";
  const costs = Object.entries({ ...heavy, ...wrong })
    .filter(([what]) => what !== tooLong)
    .map(([what, text]) => ({ what, times: leastOf(text) / introspectionMs }));
  expect(costs.filter((cost) => cost.times > 8)).toEqual([]);
});

test("other requests are served while heavy documents arrive", async () => {
  const rain = Array.from({ length: 10 }, () => Object.values(heavy)).flat();
  const answers = await Promise.all([
    ...rain.map((query) => edge.post(query)),
    ...Array.from({ length: 20 }, () => edge.post("{ hello }")),
  ]);
  const served = answers.slice(rain.length).map(({ body }) => body);
  expect(served).toEqual(Array(20).fill({ data: { hello: "world" } }));
  expect(new Set(answers.slice(0, rain.length).map(({ body }) => body.errors[0].extensions.code))).toEqual(
    new Set(["QUERY_TOO_COMPLEX"]),
  );
});
