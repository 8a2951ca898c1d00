import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { create, ended } from "../../support/tasks.js";

let product: Product;
let ana: Client;
beforeAll(async () => {
  product = await startProduct({ settings: { TASK_TIMEOUT_MS: "25000", SIGNUP_CREDITS: "1000" } });
  ana = await product.user();
});
afterAll(() => product.close());

/** The table of docs/errors.md: prompts, and how their tasks end. */
const prompts = [
  ...readFileSync("docs/errors.md", "utf8").matchAll(
    /^\| a cat `(\[fault:.*\])` \| (SUCCESS|FAILURE)(?:, ([A-Z_]+))?/gm,
  ),
].map(([, word, status, code = null]) => ({ prompt: `a cat ${word}`, status, code }));

test("the prompts of docs/errors.md end their tasks as documented", async () => {
  expect(prompts.length).toBeGreaterThan(5);
  const outcomes = await Promise.all(
    prompts.map(async ({ prompt }) => {
      const { status, failure } = await ended(ana, await create(ana, { prompt }));
      return { prompt, status, code: failure?.code ?? null };
    }),
  );
  expect(outcomes).toEqual(prompts);
});
