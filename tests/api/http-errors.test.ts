import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EdgeApp, startEdge } from "./edge-app.js";

let edge: EdgeApp;
let closedBook: EdgeApp;

beforeAll(async () => {
  edge = await startEdge();
  closedBook = await startEdge({ introspection: false });
});
afterAll(async () => {
  await edge.close();
  await closedBook.close();
});

const inChinese = { "accept-language": "zh-CN,zh;q=0.9,en;q=0.5" };

describe("the error that a client gets", () => {
  test("an AppError keeps its code and facts, and its message is in the request's language", async () => {
    const english = await edge.post("{ refused }");
    const chinese = await edge.post("{ refused }", { headers: inChinese });
    expect(english.body.errors).toEqual([
      {
        message: "This name is taken.",
        locations: [{ line: 1, column: 3 }],
        path: ["refused"],
        extensions: { code: "BAD_USER_INPUT", field: "name" },
      },
    ]);
    expect(chinese.body.errors[0].message).toBe("该名称已被使用。");
    expect(chinese.body.errors[0].extensions).toEqual(english.body.errors[0].extensions);
  });

  test("a bug is masked, and its log line has the id that the client got", async () => {
    const { body, status } = await edge.post("{ bug }");
    const text = JSON.stringify(body);
    expect(status).toBe(200);
    expect(body.errors[0].message).toBe("Something went wrong on our side.");
    expect(body.errors[0].extensions.code).toBe("INTERNAL_SERVER_ERROR");
    expect(text).not.toMatch(/hunter2|secret|stack|\.ts/);
    const { errorId } = body.errors[0].extensions;
    const line = edge.log.find((entry) => entry.errorId === errorId);
    expect(line).toMatchObject({ level: "error", operation: "query bug" });
    expect(JSON.stringify(line)).toMatch(/edge-schema\.ts/);
  });

  test("a masked error is in Chinese if the client asks for it", async () => {
    const { body } = await edge.post("{ bug }", { headers: inChinese });
    expect(body.errors[0].message).toBe("服务器出了点问题，请稍后再试。");
  });

  test("a resolver's value that does not fit its type is masked, because graphql would quote it", async () => {
    const { body } = await edge.post("{ wrongNumber }");
    expect(body.errors[0].extensions.code).toBe("INTERNAL_SERVER_ERROR");
    expect(JSON.stringify(body)).not.toContain("hunter2");
  });

  test("a refused connection is masked and says when to retry", async () => {
    const { body } = await edge.post("{ databaseAway }");
    expect(body.errors[0].extensions).toMatchObject({
      code: "INTERNAL_SERVER_ERROR",
      retryAfterMs: expect.any(Number),
    });
    expect(JSON.stringify(body)).not.toMatch(/127\.0\.0\.1|ECONNREFUSED/);
  });

  test("a field that needs a user answers UNAUTHENTICATED without a token and with a bad one", async () => {
    const tried: Record<string, string>[] = [
      {},
      { authorization: "Bearer bad" },
      { authorization: "Basic YTpi" },
    ];
    for (const headers of tried) {
      const { body } = await edge.post("{ viewer }", { headers });
      expect(body.errors[0].extensions.code).toBe("UNAUTHENTICATED");
    }
  });

  test("public fields are answered with a bad token, so that a client can refresh", async () => {
    const { body } = await edge.post("{ hello }", { headers: { authorization: "Bearer bad" } });
    expect(body).toEqual({ data: { hello: "world" } });
  });

  test("a good token proves its user", async () => {
    const { body } = await edge.post("{ viewer }", { headers: { authorization: "Bearer ana" } });
    expect(body).toEqual({ data: { viewer: "ana" } });
  });
});

describe("graphql's own errors have the contract's codes and keep their messages", () => {
  const cases: [string, string, unknown, string, RegExp, string?][] = [
    ["a document that does not parse", "{ hello", {}, "GRAPHQL_PARSE_FAILED", /Syntax Error/],
    ["an unknown field", "{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED", /Cannot query field "nothing"/],
    [
      "a literal that is no phone number",
      '{ call(phone: "1", times: 1) }',
      {},
      "GRAPHQL_VALIDATION_FAILED",
      /mobile number in E\.164 form, such as \+8613800138000\.$/,
      "phone",
    ],
    [
      "a variable that is no phone number",
      "query($p: PhoneNumber!) { call(phone: $p, times: 1) }",
      { p: "1" },
      "BAD_USER_INPUT",
      /mobile number in E\.164 form, such as \+8613800138000\.$/,
      "phone",
    ],
    [
      "a variable that is missing",
      "query($p: PhoneNumber!) { call(phone: $p, times: 1) }",
      {},
      "BAD_USER_INPUT",
      /of required type/,
      "phone",
    ],
    [
      "a null for an argument that must have a value",
      "query($n: Int) { things(first: $n) { nodes { id } } }",
      { n: null },
      "BAD_USER_INPUT",
      /must not be null/,
      "first",
    ],
    ["a name that no operation has", "query A { hello } query B { hello }", {}, "BAD_REQUEST", /operation/i],
    ["an empty document", "", {}, "BAD_REQUEST", /query/],
  ];
  for (const [what, query, variables, code, message, field] of cases) {
    test(`${what}: ${code}`, async () => {
      const { body } = await edge.post(query, { variables });
      expect(body.errors[0].extensions).toEqual({ code, ...(field && { field }) });
      expect(body.errors[0].message).toMatch(message);
    });
  }

  test("too many mistakes in the variables: BAD_USER_INPUT", async () => {
    const query = "query($ids: [PhoneNumber!]!) { calls(phones: $ids) }";
    const { body } = await edge.post(query, { variables: { ids: Array(200).fill("1") } });
    const codes = body.errors.map((error: { extensions: { code: string } }) => error.extensions.code);
    expect(new Set(codes)).toEqual(new Set(["BAD_USER_INPUT"]));
    expect(body.errors.length).toBeLessThan(60);
  });

  test("a long value with many mistakes is not repeated for each", async () => {
    const query = "query($w: Wish!) { wish(wish: $w) }";
    const unknown = Object.fromEntries(Array.from({ length: 45 }, (_, i) => [`unknown${i}`, 1]));
    const wish = { text: "x".repeat(200_000), ...unknown };
    const { body } = await edge.post(query, { variables: { w: wish } });
    expect(body.errors).toHaveLength(45);
    expect(JSON.stringify(body).length).toBeLessThan(50_000);
  });

  test("a batch is refused", async () => {
    const response = await fetch(`${edge.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '[{"query":"{ hello }"}]',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_REQUEST" } }] });
  });

  test("with introspection off neither queries nor suggestions show the schema", async () => {
    const rejected = await closedBook.post("{ __schema { types { name } } }");
    const guessed = await closedBook.post("{ helo }");
    const guessedOpenly = await edge.post("{ helo }");
    expect(rejected.body.errors[0].extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
    expect(rejected.body.data).toBeUndefined();
    expect(guessedOpenly.body.errors[0].message).toMatch(/Did you mean "hello"/);
    expect(guessed.body.errors[0].message).toBe('Cannot query field "helo" on type "Query".');
  });
});

describe("a request that is no GraphQL is rejected in the same form", () => {
  const refusals: [string, RequestInit & { path?: string }, number, string][] = [
    ["broken JSON", { body: "{", headers: { "content-type": "application/json" } }, 400, "BAD_REQUEST"],
    [
      "a type that is not taken",
      { body: "x", headers: { "content-type": "text/csv" } },
      415,
      "UNSUPPORTED_MEDIA_TYPE",
    ],
    [
      "a form, which any web page may post",
      { body: "query=%7B+hello+%7D", headers: { "content-type": "application/x-www-form-urlencoded" } },
      415,
      "UNSUPPORTED_MEDIA_TYPE",
    ],
    [
      "plain text, which any web page may post",
      { body: '{"query":"{ hello }"}', headers: { "content-type": "text/plain" } },
      400,
      "BAD_REQUEST",
    ],
    [
      "a body over 256 KiB",
      { body: `{"query":"${" ".repeat(300_000)}"}`, headers: { "content-type": "application/json" } },
      413,
      "PAYLOAD_TOO_LARGE",
    ],
    ["an address that is not there", { path: "/nowhere" }, 404, "NOT_FOUND"],
  ];
  for (const [what, { path = "/graphql", ...init }, status, code] of refusals) {
    test(`${what}: ${status} ${code}`, async () => {
      const response = await fetch(`${edge.url}${path}`, { method: "POST", ...init });
      expect(response.status).toBe(status);
      expect(response.headers.get("content-type")).toMatch(/^application\/json/);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code } }] });
    });
  }

  test("a mutation by GET is refused and does nothing", async () => {
    const query = encodeURIComponent('mutation { work(name: "by-get") }');
    edge.fakes.gate("by-get").resolve();
    const response = await fetch(`${edge.url}/graphql?query=${query}`, {
      headers: { "apollo-require-preflight": "1" },
    });
    expect(response.status).toBe(405);
    expect(edge.fakes.finished).not.toContain("by-get");
  });

  test("a query by GET is rejected if a foreign page could send it, but not with a preflight header", async () => {
    const url = `${edge.url}/graphql?query=${encodeURIComponent("{ hello }")}`;
    expect((await fetch(url)).status).toBe(400);
    const allowed = await fetch(url, { headers: { "apollo-require-preflight": "1" } });
    expect(await allowed.json()).toEqual({ data: { hello: "world" } });
  });
});
