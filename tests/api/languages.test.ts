import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createClient } from "graphql-ws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { StatementDocument } from "../../src/generated/operations.js";
import { failureCodes, failureTexts } from "../../src/modules/tasks/tasks.errors.js";
import { AppError } from "../../src/platform/base/app-error.js";
import { publicId } from "../../src/platform/ids/ids.js";
import type { Client } from "../support/client.js";
import { type Product, startProduct } from "../support/product.js";
import { create } from "../support/tasks.js";

let product: Product;
let ana: Client;
beforeAll(async () => {
  product = await startProduct({ worker: false });
  ana = await product.user();
});
afterAll(() => product.close());

const chinese = /\p{Script=Han}/u;
/** Names and numbers may stand in a Chinese message; two words of English in a row may not. */
const englishWords = /\b[A-Za-z]{2,}\s+[A-Za-z]{2,}/;
const createTask = "mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } } }";

/** At least one for each rule that graphql checks documents by. */
const invalidDocuments = [
  "{ me }",
  "{ me { } id }".replace("{ } ", "{ id { x } } "),
  "{ me { id(x: 1) } }",
  "{ me @include(unless: true) { id } }",
  "{ me @include { id } }",
  "{ me @nothing { id } }",
  "query @skip(if: true) { me { id } }",
  "{ me { id @skip(if: true) @skip(if: true) } }",
  "{ task { id } }",
  "{ me { ...F } }",
  "{ me { ...F } } fragment F on User { ...F }",
  "{ me { ...F } } fragment F on Nothing { id }",
  "{ me { ...F } } fragment F on DateTime { id }",
  "{ me { ... on DateTime { id } } }",
  "{ me { ...F } } fragment F on Task { id }",
  "{ me { ... on Task { id } } }",
  "{ me { id } } fragment F on User { id }",
  "{ me { id } } fragment F on User { id } fragment F on User { id }",
  "{ task(id: $id) { id } }",
  "query A { task(id: $id) { id } }",
  "query ($id: ID!) { me { id } }",
  "query A($id: ID!) { me { id } }",
  "query ($id: ID!, $id: ID!) { task(id: $id) { id } }",
  "query ($id: Int!) { task(id: $id) { id } }",
  "query ($id: Nothing!) { task(id: $id) { id } }",
  "query ($id: User!) { task(id: $id) { id } }",
  "{ a: me { id } a: wallet { id } }",
  "{ me { id } } query B { me { id } }",
  "query A { me { id } } query A { me { id } }",
  'query { task(id: "x", id: "x") { id } }',
  "{ me { id } } type Query { x: Int }",
  "subscription { myTaskStatus { id } walletChanged { id } }",
  "subscription A { myTaskStatus { id } walletChanged { id } }",
  "subscription { myTaskStatus @skip(if: false) { id } }",
  "{ projects(first: 1.5) { nodes { id } } }",
  "{ projects(first: 99999999999) { nodes { id } } }",
  '{ projects(first: "ten of them") { nodes { id } } }',
  "{ tasks(filter: { status: [DONE] }) { nodes { id } } }",
  '{ tasks(filter: { status: ["SUCCESS"] }) { nodes { id } } }',
  "{ tasks(filter: { nothing: 1 }) { nodes { id } } }",
  '{ tasks(filter: "the newest ones") { nodes { id } } }',
  "mutation { createTask(input: { prompt: true }) { task { id } } }",
  "mutation { createTask(input: { prompt: null }) { task { id } } }",
  'mutation { createTask(input: { prompt: "x", hd: "very much so" }) { task { id } } }',
  'mutation { createTask(input: { prompt: "x", prompt: "y" }) { task { id } } }',
  "mutation { createTask(input: {}) { task { id } } }",
  'mutation { requestLoginCode(input: { phone: "my own phone" }) { expiresAt } }',
];

const wrongValues = [
  null,
  "in plain words",
  {},
  { prompt: null },
  { prompt: ["two words", "more words"] },
  { prompt: "x", durationSec: "ten whole seconds" },
  { prompt: "x", durationSec: 2 ** 40 },
  { prompt: "x", durationSec: 1.5 },
  { prompt: "x", ratio: "very wide" },
  { prompt: "x", ratio: 16 },
  { prompt: "x", hd: "of course" },
  { prompt: "x", projectId: {} },
  { prompt: "x", "in the house": 1 },
  { prompt: "x", seed: 1 },
  { prompt: "\u200b" },
  { prompt: "x".repeat(1001) },
  { prompt: "x", idempotencyKey: "" },
];

function isChineseAlone(text: string): boolean {
  return chinese.test(text) && !englishWords.test(text);
}

const wrongHash = {
  query: "{ me { id } }",
  extensions: { persistedQuery: { version: 1, sha256Hash: "0".repeat(64) } },
};

const mistakes: [string, string, Record<string, unknown>?][] = [
  ["GRAPHQL_PARSE_FAILED", "{ me {"],
  ["GRAPHQL_VALIDATION_FAILED", "{ nothingOfThisName }"],
  ...invalidDocuments.map((query): [string, string] => ["GRAPHQL_VALIDATION_FAILED", query]),
  ...wrongValues.map((input): [string, string, { input: unknown }] => [
    "BAD_USER_INPUT",
    createTask,
    { input },
  ]),
  ["BAD_USER_INPUT", createTask],
  ["BAD_USER_INPUT", "query ($n: Int) { projects(first: $n) { nodes { id } } }", { n: "ten of them" }],
  ["BAD_USER_INPUT", "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids: Array(200).fill({}) }],
  ["BAD_REQUEST", ""],
  ["BAD_REQUEST", "query A { me { id } } query B { me { id } }"],
  ["BAD_USER_INPUT", createTask, { input: { prompt: "x", ratio: "RATIO_4_3" } }],
  ["BAD_USER_INPUT", createTask, { input: { prompt: " " } }],
  ["BAD_USER_INPUT", createTask, { input: { prompt: "x", model: "sora9" } }],
  ["BAD_USER_INPUT", createTask, { input: { prompt: "x", durationSec: 11 } }],
  ["BAD_USER_INPUT", '{ tasks(after: "x") { nodes { id } } }'],
  ["NOT_FOUND", 'mutation { cancelTask(input: { taskId: "task_x" }) { task { id } } }'],
  ["CONFLICT", createTask, { input: { prompt: "x", maxCostCredits: 1 } }],
  [
    "INVALID_LOGIN_CODE",
    'mutation { login(input: { phone: "+8613800138999", code: "000000" }) { isNewUser } }',
  ],
  ["UNAUTHENTICATED", 'mutation { refreshSession(input: { refreshToken: "x" }) { isNewUser } }'],
  ["QUERY_TOO_COMPLEX", `{ ${Array.from({ length: 40 }, (_, n) => `a${n}: me { id }`).join(" ")} }`],
];

describe("an error", () => {
  test.each(mistakes)("%s of %s is in the requested language", async (code, query, variables) => {
    const textsIn = async (language: string) => {
      const { errors } = await ana.execute(query, variables, { "accept-language": language });
      expect(errors?.[0]?.extensions.code).toBe(code);
      return errors![0]!.message;
    };
    const [english, inChinese] = [await textsIn("en-US,en;q=0.9"), await textsIn("zh-CN,zh;q=0.9,en;q=0.8")];
    expect(english).not.toMatch(chinese);
    expect(english).toMatch(/\w \w/);
    expect(inChinese).toMatch(chinese);
    expect(inChinese).not.toMatch(englishWords);
  });

  test.each([
    ["zh", true],
    ["zh-Hant-TW", true],
    ["fr-FR, zh;q=0.5", true],
    ["en;q=0.2, zh;q=0.9", true],
    ["zh;q=0, en", false],
    ["de", false],
    ["*", false],
    ["", false],
    [",;q=,zh;q=x".repeat(500), true],
  ])("by the Accept-Language header, case %#", async (language, isChinese) => {
    const { errors } = await ana.execute("{ task { id } }", {}, { "accept-language": language });
    expect(chinese.test(errors![0]!.message)).toBe(isChinese);
  });
});

test("a statement and a failure are in the requested language, with the same codes", async () => {
  await create(ana);
  const end = { status: "FAILURE" as const, failureCode: "TIMEOUT", finishedAt: new Date() };
  const id = await product.seed.task(ana.userId, end);
  const textsIn = async (language: string) => {
    const headers = { "accept-language": language };
    const statement = await ana.execute(StatementDocument, { first: 5 }, headers);
    const query = "query ($id: ID!) { task(id: $id) { failure { code message } } }";
    const task = await ana.execute<{ task: unknown }, unknown>(query, { id: publicId("task", id) }, headers);
    return [statement.data?.wallet.entries.nodes.map((entry) => entry.description), task.data?.task];
  };
  const { en, zh } = failureTexts.TIMEOUT;
  expect(await textsIn("en")).toEqual([
    ["Held for a video", "Welcome credits"],
    { failure: { code: "TIMEOUT", message: en } },
  ]);
  expect(await textsIn("zh")).toEqual([
    ["生成视频预扣", "新用户赠送积分"],
    { failure: { code: "TIMEOUT", message: zh } },
  ]);
});

describe("a request that never gets to an operation", () => {
  const json = { "content-type": "application/json" };
  const preflight = { "apollo-require-preflight": "true" };
  const broken: [string, string, RequestInit][] = [
    ["a GET that a foreign page could make", "/graphql?query=%7Bme%7Bid%7D%7D", { method: "GET" }],
    ["a mutation by GET", "/graphql?query=mutation%7Blogout%7D", { method: "GET", headers: preflight }],
    ["a parameter twice", "/graphql?query=%7Bme%7D&query=%7Bme%7D", { method: "GET", headers: preflight }],
    [
      "variables that are no JSON",
      "/graphql?query=%7Bme%7D&variables=x",
      { method: "GET", headers: preflight },
    ],
    [
      "extensions that are no JSON",
      "/graphql?query=%7Bme%7D&extensions=x",
      { method: "GET", headers: preflight },
    ],
    ["broken JSON", "/graphql", { headers: json, body: "{" }],
    ["a batch", "/graphql", { headers: json, body: "[{}]" }],
    ["nothing", "/graphql", { headers: json, body: "{}" }],
    ["a query that is an object", "/graphql", { headers: json, body: '{"query":{}}' }],
    ["variables that are text", "/graphql", { headers: json, body: '{"query":"{me{id}}","variables":"x"}' }],
    ["variables that are a list", "/graphql", { headers: json, body: '{"query":"{me{id}}","variables":[]}' }],
    [
      "extensions that are text",
      "/graphql",
      { headers: json, body: '{"query":"{me{id}}","extensions":"x"}' },
    ],
    [
      "a name that is a number",
      "/graphql",
      { headers: json, body: '{"query":"{me{id}}","operationName":1}' },
    ],
    [
      "a name of no operation",
      "/graphql",
      { headers: json, body: '{"query":"{me{id}}","operationName":"A"}' },
    ],
    ["a hash of another text", "/graphql", { headers: json, body: JSON.stringify(wrongHash) }],
    ["a type that is not taken", "/graphql", { headers: { "content-type": "text/csv" }, body: "x" }],
    ["plain text", "/graphql", { headers: { "content-type": "text/plain" }, body: '{"query":"{me{id}}"}' }],
    [
      "an answer in a type that we do not have",
      "/graphql",
      { headers: { ...json, accept: "image/png" }, body: '{"query":"{me{id}}"}' },
    ],
    ["a body that is too long", "/graphql", { headers: json, body: `{"query":"${" ".repeat(300_000)}"}` }],
    ["a multipart request without the header", "/graphql", { body: new FormData() }],
    ["a multipart request without a map", "/graphql", { body: new FormData(), headers: preflight }],
    ["an address that is not there", "/nowhere", {}],
    ["a file whose link was changed", "/media/x", { method: "GET" }],
  ];
  test.each(broken)("%s is refused in one language", async (_, path, init) => {
    const messageIn = async (language: string) => {
      const headers = { ...init.headers, "accept-language": language };
      const response = await fetch(product.url + path, { method: "POST", ...init, headers });
      const { errors } = (await response.json()) as { errors: { message: string }[] };
      return errors[0]!.message;
    };
    expect(await messageIn("en")).not.toMatch(chinese);
    expect(await messageIn("zh")).toSatisfy(isChineseAlone);
  });
});

test("Chinese messages in the source have no English sentence in them", () => {
  const quoted = /"(?:[^"\\\n]|\\.)*"|`[^`]*`/g;
  const texts = globSync("src/**/*.ts").flatMap((file) => readFileSync(file, "utf8").match(quoted) ?? []);
  const inChinese = texts
    // A page for browsers has both languages, one below the other.
    .filter((text) => chinese.test(text) && !text.includes("<!doctype html>"))
    // A placeholder is as long as its value.
    .map((text) => text.replaceAll(/\$\{[^}]*\}/g, "…"));
  expect(inChinese.length).toBeGreaterThan(100);
  expect(inChinese.filter((text) => englishWords.test(text))).toEqual([]);
});

describe("over a WebSocket", () => {
  async function toldOver(headers: Record<string, string>, init: Record<string, unknown>): Promise<string> {
    class Socket extends WebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol, { headers });
      }
    }
    const socket = createClient({
      url: `${product.url.replace(/^http/, "ws")}/graphql`,
      webSocketImpl: Socket,
      connectionParams: init,
      retryAttempts: 0,
    });
    try {
      for await (const { errors } of socket.iterate({ query: "{ me { id } }" })) {
        expect(errors?.[0]?.extensions).toEqual({ code: "UNAUTHENTICATED" });
        return errors![0]!.message;
      }
      throw new Error("it was not answered");
    } finally {
      await socket.dispose();
    }
  }

  const [en, zh] = ["Please log in first.", "请先登录。"];
  test.each([
    ["the upgrade request's header", { "accept-language": "zh-CN" }, {}, zh],
    ["acceptLanguage in connection_init", {}, { acceptLanguage: "zh-CN,zh;q=0.9" }, zh],
    ["accept-language in connection_init", {}, { "accept-language": "zh" }, zh],
    ["language in connection_init", {}, { language: "zh" }, zh],
    ["connection_init before the header", { "accept-language": "zh" }, { language: "en" }, en],
    ["the header where connection_init has nonsense", { "accept-language": "zh" }, { language: ["en"] }, zh],
    ["neither", {}, {}, en],
  ])("the language is the one of %s", async (_, headers, init, message) => {
    expect(await toldOver(headers as Record<string, string>, init)).toBe(message);
  });
});

describe("every error that a client can see", async () => {
  const defines = /class \w+ extends (AppError|BadUserInput|BadRequest) /;
  const files = globSync("src/**/*.ts").filter((file) => defines.test(readFileSync(file, "utf8")));
  const modules = await Promise.all(
    files.map((file) => import(/* @vite-ignore */ resolve(file)) as Promise<object>),
  );
  const classes = new Set(modules.flatMap((module) => Object.values(module)).filter(isErrorClass));

  function isErrorClass(value: unknown): value is new (...args: unknown[]) => AppError {
    return typeof value === "function" && value.prototype instanceof AppError;
  }

  // These get both texts where they are thrown.
  const withTextsOfOthers = new Set(["BadUserInput", "BadRequest"]);
  /** Its message is a word of Apollo's protocol. */
  const withTextOfTheProtocol = new Set(["PersistedQueryNotFound"]);

  test("has a text in English and one in Chinese", () => {
    expect(classes.size).toBeGreaterThan(25);
    // A date can stand for any text, number or moment that a text mentions.
    const fact = new Date();
    const facts = Array(5).fill(fact);
    const textsOf = ({ text }: AppError) => ({
      en: text.en,
      zh: text.zh.replaceAll(String(fact), "…").replaceAll("NaN", "…"),
    });
    const wrong = [...classes]
      .filter(({ name }) => !withTextsOfOthers.has(name) && !withTextOfTheProtocol.has(name))
      .map((errorClass) => [errorClass.name, textsOf(new errorClass(...facts))] as const)
      .filter(([, text]) => chinese.test(text.en) || !text.en || !isChineseAlone(text.zh));
    expect(wrong).toEqual([]);
  });

  test("and so has every reason why a task fails", () => {
    for (const code of failureCodes) {
      expect([code, chinese.test(failureTexts[code].en), isChineseAlone(failureTexts[code].zh)]).toEqual([
        code,
        false,
        true,
      ]);
    }
  });
});
