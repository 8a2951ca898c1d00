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
  await page
    .locator("button", { hasText: /Send Request|Run subscription/ })
    .first()
    .click({ timeout: 20_000 });
}

/**
 * The script that keeps a value for the next window runs a moment after the answer, and a busy page may
 * lose a click: a window is sent anew until what it is told is what is wanted.
 */
async function sendUntil(page: Page, window: string, told: string[], wanted: string): Promise<void> {
  const isTold = () => told.some((text) => text.includes(wanted));
  const sendOnce = async () => {
    const before = told.length;
    await send(page, window).catch(() => {});
    await until(`an answer to ${window}`, () => told.length > before, 20_000).catch(() => {});
    return isTold();
  };
  await until(wanted, () => isTold() || sendOnce(), 200_000);
}

test("the examples lead from a login to a watched video, with no internet", {
  timeout: 600_000,
}, async () => {
  const { page, outside } = await openExplorer();
  const schemas: string[] = [];
  const answers: string[] = [];
  page.on("response", async (response) => {
    if (!response.url().endsWith("/graphql")) return;
    const text = await response.text().catch(() => "");
    if (text !== "") (text.includes("__schema") ? schemas : answers).push(text);
  });
  const frames: string[] = [];
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      if (/"type":"(next|error)"/.test(String(payload))) frames.push(String(payload));
    }),
  );

  await until("the explorer's own look at the schema", () => schemas.length > 0);
  await sendUntil(page, "1 Ask for a code", answers, '"requestLoginCode":{');
  await sendUntil(page, "2 Log in", answers, '"accessToken"');
  await sendUntil(page, "3 Make a video", answers, '"createTask":{"task"');
  await sendUntil(page, "4 Watch it", frames, '"taskStatus":{');
  await until("the final state over the WebSocket", () =>
    frames.some((frame) => frame.includes('"SUCCESS"')),
  );
  expect(await page.locator("body").textContent()).toContain("SUCCESS");
  expect(outside).toEqual([]);
});
