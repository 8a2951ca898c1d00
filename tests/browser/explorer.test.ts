import chromium from "@sparticuz/chromium";
import { type Browser, type Page, chromium as playwright } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Product, startProduct } from "../support/product.js";
import { until } from "../support/until.js";

let product: Product;
let browser: Browser;
beforeAll(async () => {
  product = await startProduct();
  const executablePath = await chromium.executablePath();
  browser = await playwright.launch({
    executablePath,
    args: [...chromium.args, "--no-sandbox"],
    headless: true,
  });
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
});

/** The explorer with everything else of the internet cut off, and what it tried to reach there. */
async function openExplorer(): Promise<{ page: Page; outside: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const outside: string[] = [];
  await page.route(
    (url) => url.origin !== new URL(product.url).origin && !["data:", "blob:"].includes(url.protocol),
    (route) => {
      outside.push(route.request().url());
      return route.abort();
    },
  );
  await page.goto(`${product.url}/playground`);
  await page.getByText("Send Request").first().waitFor();
  return { page, outside };
}

/** Opens a window and presses its button; while a subscription runs there is none to press. */
async function send(page: Page, window: string): Promise<void> {
  await page.getByText(window).first().click();
  const button = page.locator("button", { hasText: /Send Request|Run subscription/ }).first();
  if (await button.isVisible()) await button.click();
}

test("the examples lead from a login to a watched video, with no internet", {
  timeout: 180_000,
}, async () => {
  const { page, outside } = await openExplorer();
  const answers: string[] = [];
  page.on("response", async (response) => {
    if (response.url().endsWith("/graphql")) answers.push(await response.text().catch(() => ""));
  });
  const frames: string[] = [];
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => frames.push(String(payload))));
  const answered = (part: string) => until(part, () => answers.some((answer) => answer.includes(part)));

  await until("the explorer's own look at the schema", () =>
    answers.some((answer) => answer.includes("__schema")),
  );
  await send(page, "1 Ask for a code");
  await answered('"requestLoginCode":{');
  await send(page, "2 Log in");
  await answered('"accessToken"');
  // The script that keeps the token runs after the answer; the next window needs it.
  await until("the kept token", async () => {
    await send(page, "3 Make a video");
    return answers.some((answer) => answer.includes('"createTask":{"task"'));
  });
  await until("the first state", async () => {
    await send(page, "4 Watch it");
    return frames.some((frame) => frame.includes('"taskStatus":{'));
  });
  await until("the final state over the WebSocket", () =>
    frames.some((frame) => frame.includes('"SUCCESS"')),
  );
  expect(await page.locator("body").textContent()).toContain("SUCCESS");
  expect(outside).toEqual([]);
});
