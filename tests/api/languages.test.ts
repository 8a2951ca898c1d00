import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createClient } from "graphql-ws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { StatementDocument } from "../../src/generated/operations.js";
import { failureCodes, failureTexts } from "../../src/modules/tasks/tasks.errors.js";
import { tasks } from "../../src/modules/tasks/tasks.tables.js";
import { AppError } from "../../src/platform/app-error.js";
import { newUuid, publicId, uuidFromPublicId } from "../../src/platform/ids.js";
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
const createTask = "mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } } }";

const mistakes: [string, string, Record<string, unknown>?][] = [
  ["GRAPHQL_PARSE_FAILED", "{ me {"],
  ["GRAPHQL_VALIDATION_FAILED", "{ nothingOfThisName }"],
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
  test.each(mistakes)(
    "%s of %s is told in the language that is asked for",
    async (code, query, variables) => {
      const told = async (language: string) => {
        const { errors } = await ana.ask(query, variables, { "accept-language": language });
        expect(errors?.[0]?.extensions.code).toBe(code);
        return errors![0]!.message;
      };
      const [english, inChinese] = [await told("en-US,en;q=0.9"), await told("zh-CN,zh;q=0.9,en;q=0.8")];
      expect(english).not.toMatch(chinese);
      expect(inChinese).toMatch(chinese);
    },
  );

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
    const { errors } = await ana.ask("{ task { id } }", {}, { "accept-language": language });
    expect(chinese.test(errors![0]!.message)).toBe(isChinese);
  });
});

test("a statement and a failure are told in the language that is asked for, with the same codes", async () => {
  await create(ana);
  const userId = uuidFromPublicId("user", ana.userId)!;
  const id = newUuid();
  const order = {
    prompt: "x",
    ratio: "RATIO_9_16",
    model: "sora2",
    durationSec: 10,
    hd: false,
    costCredits: 10,
  };
  const end = { status: "FAILURE" as const, failureCode: "TIMEOUT", finishedAt: new Date() };
  await product.core.db.insert(tasks).values({ id, userId, ...order, ...end });
  const told = async (language: string) => {
    const headers = { "accept-language": language };
    const statement = await ana.ask(StatementDocument, { first: 5 }, headers);
    const query = "query ($id: ID!) { task(id: $id) { failure { code message } } }";
    const task = await ana.ask<{ task: unknown }, unknown>(query, { id: publicId("task", id) }, headers);
    return [statement.data?.wallet.entries.nodes.map((entry) => entry.description), task.data?.task];
  };
  const { en, zh } = failureTexts.TIMEOUT;
  expect(await told("en")).toEqual([
    ["Held for a video", "Welcome credits"],
    { failure: { code: "TIMEOUT", message: en } },
  ]);
  expect(await told("zh")).toEqual([
    ["生成视频预扣", "新用户赠送积分"],
    { failure: { code: "TIMEOUT", message: zh } },
  ]);
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

  // These take their two texts from whoever throws them.
  const withTextsOfOthers = new Set(["BadUserInput", "BadRequest"]);

  test("has a text in English and one in Chinese", () => {
    expect(classes.size).toBeGreaterThan(25);
    // A date can stand for any text, number or moment that a text mentions.
    const facts = Array.from({ length: 5 }, () => new Date());
    const wrong = [...classes]
      .filter(({ name }) => !withTextsOfOthers.has(name))
      .map((errorClass) => [errorClass.name, new errorClass(...facts).text] as const)
      .filter(([, text]) => chinese.test(text.en) || !chinese.test(text.zh) || !text.en);
    expect(wrong).toEqual([]);
  });

  test("and so has every reason why a task fails", () => {
    for (const code of failureCodes) {
      expect([code, chinese.test(failureTexts[code].en), chinese.test(failureTexts[code].zh)]).toEqual([
        code,
        false,
        true,
      ]);
    }
  });
});
