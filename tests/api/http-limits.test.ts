import { getIntrospectionQuery } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EdgeApp, startEdge, until } from "./edge-app.js";

let edge: EdgeApp;

beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge.close());

const deep = (levels: number) =>
  `{ thing(id: "1") ${"{ self ".repeat(levels - 2)}{ id }${" }".repeat(levels - 2)} }`;
const list = (first: number, inner: string) => `things(first: ${first}) { nodes { ${inner} } }`;
/** Twenty fragments of two spreads each: a million fields, if each spread were followed. */
const bomb = `{ thing(id: "1") { ...F0 } } ${Array.from(
  { length: 20 },
  (_, i) => `fragment F${i} on Thing { a${i}: self { ...F${i + 1} } b${i}: self { ...F${i + 1} } }`,
).join(" ")} fragment F20 on Thing { id }`;

async function refusal(query: string, variables?: unknown) {
  const { body, status } = await edge.post(query, { variables });
  return { status, ...body.errors?.[0]?.extensions };
}

test("requests above the limit of concurrent ones get Retry-After, and then succeed", async () => {
  const small = await startEdge({ limits: { requestsUnderWayMax: 3 } });
  const work = (name: string) => small.post(`mutation { work(name: "${name}") }`);
  const begun = ["a", "b", "c"].map(work);
  await until(() => small.fakes.started.length === 3, "three under way");
  const { status, headers, body } = await work("d");
  expect([status, headers.get("retry-after")]).toEqual([503, "2"]);
  expect(body.errors[0].extensions).toMatchObject({ code: "INTERNAL_SERVER_ERROR", retryAfterMs: 2000 });
  for (const name of ["a", "b", "c", "d"]) small.fakes.gate(name).resolve();
  for (const { status } of await Promise.all(begun)) expect(status).toBe(200);
  expect((await work("d")).status).toBe(200);
  await small.close();
});

describe("a document", () => {
  test("may be 15 levels deep and not 16", async () => {
    expect((await edge.post(deep(15))).body.errors).toBeUndefined();
    expect(await refusal(deep(16))).toMatchObject({ code: "QUERY_TOO_COMPLEX", limit: "depth", max: 15 });
  });

  test("cannot hide its depth in fragments", async () => {
    const spread = `{ thing(id: "1") { ...A } } fragment A on Thing { self { ...B } }
      fragment B on Thing { ${"self { ".repeat(14)} id ${"}".repeat(14)} }`;
    expect(await refusal(spread)).toMatchObject({ code: "QUERY_TOO_COMPLEX", limit: "depth" });
  });

  test("for the whole schema, as tools send it, is executed", async () => {
    const query = getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    });
    const { body } = await edge.post(query);
    expect(body.errors).toBeUndefined();
    expect(body.data.__schema.queryType.name).toBe("Query");
  });

  test("may not follow the schema's types in circles", async () => {
    const circles =
      "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }";
    expect((await refusal(circles)).code).toBe("GRAPHQL_VALIDATION_FAILED");
  });

  test("may have 30 aliases and not 31", async () => {
    const aliases = (n: number) => `{ ${Array.from({ length: n }, (_, i) => `a${i}: hello`).join(" ")} }`;
    expect((await edge.post(aliases(30))).body.errors).toBeUndefined();
    expect(await refusal(aliases(31))).toMatchObject({ code: "QUERY_TOO_COMPLEX", limit: "aliases" });
  });

  test("with too many directives or tokens is refused", async () => {
    expect(await refusal(`{ ${"hello @include(if: true) ".repeat(51)} }`)).toMatchObject({
      limit: "directives",
    });
    expect(await refusal(`{ ${"hello ".repeat(2_000)} }`)).toMatchObject({ code: "QUERY_TOO_COMPLEX" });
  });

  test("may ask for long lists, but not for long lists in long lists", async () => {
    expect((await edge.post(`{ ${list(100, list(20, "id"))} }`)).body.errors).toBeUndefined();
    expect(await refusal(`{ ${list(100, list(100, "id text"))} }`)).toMatchObject({
      code: "QUERY_TOO_COMPLEX",
      limit: "cost",
    });
  });

  test("cannot hide its cost in variables, defaults or fragments", async () => {
    const byVariable = `query($n: Int!) { ${list(100, "things(first: $n) { nodes { id text } }")} }`;
    const byPreset = `{ ${list(100, `things { nodes { ${list(10, "id")} } }`)} }`;
    const byFragment = `{ ${list(100, "...Inner")} } fragment Inner on Thing { ${list(100, "id text")} }`;
    expect(await refusal(byVariable, { n: 100 })).toMatchObject({ limit: "cost" });
    expect((await edge.post(byVariable, { variables: { n: 5 } })).body.errors).toBeUndefined();
    const byOddName = `query($constructor: Int = 100) { ${list(100, "things(first: $constructor) { nodes { id text } }")} }`;
    expect(await refusal(byOddName)).toMatchObject({ limit: "cost" });
    expect(await refusal(byPreset)).toMatchObject({ limit: "cost" });
    expect(await refusal(byFragment)).toMatchObject({ limit: "cost" });
  });

  test("whose fragments multiply is refused at once, and so is one whose fragments run in circles", async () => {
    const startedAt = performance.now();
    expect((await refusal(bomb)).code).toBe("QUERY_TOO_COMPLEX");
    const circle =
      '{ thing(id: "1") { ...A } } fragment A on Thing { self { ...B } } fragment B on Thing { ...A }';
    expect((await refusal(circle)).code).toBe("GRAPHQL_VALIDATION_FAILED");
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test("that is too complex is rejected in the request's language, with 400 for application/graphql-response+json", async () => {
    const { body, status } = await edge.post(deep(16), {
      headers: { accept: "application/graphql-response+json", "accept-language": "zh" },
    });
    expect(status).toBe(400);
    expect(body.errors[0].message).toBe("操作过于复杂：嵌套深度超过 15。");
  });
});

describe("too many requests", () => {
  test("of one user are RATE_LIMITED, with the time to wait; other users are not", async () => {
    const busy = await startEdge({ rateLimitPerMinute: 3 });
    const as = (user: string) => ({ headers: { authorization: `Bearer ${user}` } });
    for (let i = 0; i < 3; i += 1) expect((await busy.post("{ hello }", as("ana"))).status).toBe(200);
    const { status, headers, body } = await busy.post("{ hello }", as("ana"));
    expect(status).toBe(429);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect(body.errors[0].extensions).toEqual({ code: "RATE_LIMITED", retryAfterMs: expect.any(Number) });
    expect((await busy.post("{ hello }", as("ben"))).status).toBe(200);
    await busy.close();
  });

  test("without a user count for the address, also with a bad token", async () => {
    const busy = await startEdge({ rateLimitPerMinute: 2 });
    await busy.post("{ hello }");
    await busy.post("{ hello }", { headers: { authorization: "Bearer bad" } });
    expect((await busy.post("{ hello }", { headers: { authorization: "Bearer bad" } })).status).toBe(429);
    expect((await busy.post("{ hello }", { headers: { authorization: "Bearer ana" } })).status).toBe(200);
    await busy.close();
  });
});
