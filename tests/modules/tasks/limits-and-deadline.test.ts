import { afterAll, beforeAll, expect, test } from "vitest";
import { CreateTaskDocument } from "../../../src/generated/operations.js";
import { type Product, startProduct } from "../../support/product.js";
import { audit, create, credits, ended } from "../../support/tasks.js";

let product: Product;
beforeAll(async () => {
  product = await startProduct({
    settings: {
      TASK_TIMEOUT_MS: "2500",
      MAX_CONCURRENT_TASKS: "5",
      MAX_TASKS_PER_DAY: "7",
      SIGNUP_CREDITS: "1000",
    },
  });
});
afterAll(() => product.close());

test("a task that never ends is TIMEOUT at its deadline and refunded", async () => {
  const ana = await product.user();
  const task = await ended(ana, await create(ana, { prompt: "[fault:stuck]" }));
  expect(task).toMatchObject({ status: "FAILURE", refunded: true, failure: { code: "TIMEOUT" } });
  const tookMs = Date.parse(task.finishedAt!) - Date.parse(task.createdAt);
  expect(tookMs).toBeGreaterThanOrEqual(2500);
});

test("a vendor that takes nothing until the deadline ends the task as TIMEOUT, without a charge", async () => {
  const ana = await product.user();
  const task = await ended(ana, await create(ana, { prompt: "[fault:503]" }));
  expect(task).toMatchObject({ status: "FAILURE", refunded: true, failure: { code: "TIMEOUT" } });
  await product.app.modules.tasks.health.recordAnswer("dyuapi");
});

test("with a limit of five, fifty calls at once never let a sixth through", async () => {
  const ana = await product.user();
  const calls = Array.from({ length: 50 }, (_, n) =>
    ana.execute(CreateTaskDocument, { input: { prompt: `[fault:stuck] ${n}` } }),
  );
  const answers = await Promise.all(calls);
  const codes = answers.flatMap((answer) => answer.errors ?? []).map((error) => error.extensions.code);
  expect(answers.filter((answer) => answer.data)).toHaveLength(5);
  expect(new Set(codes)).toEqual(new Set(["QUOTA_EXCEEDED"]));
  expect(answers.find((a) => a.errors)?.errors?.[0]?.extensions).toMatchObject({
    limit: 5,
    resetAt: expect.any(String),
  });
  expect((await credits(ana)).held).toBe(50);
});

test("the day's limit counts what has ended too", async () => {
  const ana = await product.user();
  for (let n = 0; n < 7; n++) await ended(ana, await create(ana, { prompt: `[fault:reject] ${n}` }));
  const { errors } = await ana.execute(CreateTaskDocument, { input: { prompt: "the eighth" } });
  expect(errors?.[0]?.extensions).toMatchObject({ code: "QUOTA_EXCEEDED", limit: 7 });
  expect(await credits(ana)).toEqual({ free: 1000, held: 0 });
});

test("at the end the audit finds nothing", async () => {
  expect(await audit(product)).toEqual([]);
});
