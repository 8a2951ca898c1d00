import chromium from "@sparticuz/chromium";
import { isNotNull } from "drizzle-orm";
import { type Browser, type Page, chromium as playwright } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tasks } from "../../src/modules/tasks/tasks.tables.js";
import { type Product, startProduct } from "../support/product.js";
import { until } from "../support/until.js";

let product: Product;
let browser: Browser;
beforeAll(async () => {
  product = await startProduct();
  chromium.setGraphicsMode = false;
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
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, reducedMotion: "reduce" });
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

interface Example {
  window: string;
  /** The request that its button sends. */
  sends: string;
  /** The message when all is well: in the server's log, or to the page. */
  wanted: string;
}

/**
 * A busy page may lose a click, and the script that keeps a value for the next window runs a moment
 * after the answer: a window is sent anew until what it is told is what is wanted.
 */
async function sendUntil(page: Page, example: Example, sent: string[], told: string[]): Promise<void> {
  const { window, sends, wanted } = example;
  const isTold = () => told.some((text) => text.includes(wanted));
  const sendOnce = async () => {
    const [out, back] = [sent.length, told.length];
    await send(page, window).catch(() => {});
    const went = () => sent.slice(out).some((text) => text.includes(sends));
    const isOut = await until(`${window} to go out`, went, 3_000).catch(() => false);
    if (isOut) await until(`an answer to ${window}`, () => told.length > back, 20_000).catch(() => {});
    return isTold();
  };
  await until(wanted, () => isTold() || sendOnce());
}

test("the examples lead from a login to a watched video, with no internet", {
  timeout: 900_000,
}, async () => {
  const { page, outside } = await openExplorer();
  expect(await page.locator(".window-switcher__item--active").textContent()).toContain("1 Ask for a code");
  await page.locator(".variables-editor", { hasText: "+8613800138000" }).first().waitFor();
  const sent: string[] = [];
  page.on("request", (request) => sent.push(request.postData() ?? ""));
  const frames: string[] = [];
  page.on("websocket", (socket) => {
    socket.on("framesent", ({ payload }) => sent.push(String(payload)));
    socket.on("framereceived", ({ payload }) => {
      if (/"type":"(next|error)"/.test(String(payload))) frames.push(String(payload));
    });
  });

  const log = product.logged;
  const done = (operation: string) => `"msg":"POST /graphql ${operation} 200"`;
  await until("the explorer's own look at the schema", () =>
    log.some((line) => line.includes(done("query __schema"))),
  );
  const ask = (example: Example, told = log) => sendUntil(page, example, sent, told);
  await ask({
    window: "1 Ask for a code",
    sends: "requestLoginCode",
    wanted: done("mutation requestLoginCode"),
  });
  await ask({ window: "2 Log in", sends: "login(", wanted: done("mutation login") });
  await ask({ window: "3 Make a video", sends: "createTask", wanted: done("mutation createTask") });
  await ask({ window: "4 Watch it", sends: "taskStatus", wanted: '"taskStatus":{' }, frames);
  await until("the final state over the WebSocket", () =>
    frames.some((frame) => frame.includes('"SUCCESS"')),
  );
  expect(await page.locator("body").textContent()).toContain("SUCCESS");

  // A new window, too, has its variables in sight and sends the token.
  await page.getByText("Add new").first().click();
  await page.locator(".variables-editor").first().waitFor();
  const document = page.locator(".query-editor__input .cm-content").first();
  await document.click();
  await page.keyboard.press("Control+A");
  await page.keyboard.type("{ me { nickname } }");
  await until("the new window to know its user", async () => {
    await page
      .locator("button", { hasText: "Send Request" })
      .first()
      .click({ timeout: 5_000 })
      .catch(() => {});
    return log.some((line) => line.includes('"msg":"POST /graphql query me 200"'));
  });

  await page.getByText("7 From a picture").first().click();
  await page.locator(".variables-add-files-button").first().click();
  await page.locator("[data-tid=file_name]").first().fill("file");
  const picture = { name: "green.png", mimeType: "image/png", buffer: await greenPicture() };
  await page.locator(".variables-files-list input[type=file]").first().setInputFiles(picture);
  await page.getByText("(Send mutation Upload)").first().click();
  await until("the picture to be uploaded", () =>
    log.some((line) => line.includes(done("mutation uploadMedia"))),
  );
  await until("a video to be ordered of the picture", async () => {
    await page
      .getByText("(Send mutation MakeVideo)")
      .first()
      .click({ timeout: 5_000 })
      .catch(() => {});
    return (await tasksWithPicture()) > 0;
  });
  expect(outside).toEqual([]);
});

function greenPicture(): Promise<Buffer> {
  return sharp({ create: { width: 90, height: 160, channels: 3, background: "#3cb44b" } })
    .png()
    .toBuffer();
}

function tasksWithPicture(): Promise<number> {
  return product.app.db.$count(tasks, isNotNull(tasks.referenceImageId));
}
