import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import chromium from "@sparticuz/chromium";
import { type Browser, type Page, chromium as playwright } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client } from "../support/client.js";
import { type Product, startProduct } from "../support/product.js";
import { create, ended } from "../support/tasks.js";

/** A front end of another origin, in a real browser. */
let browser: Browser;
let frontEnd: Server;
let product: Product;
let page: Page;
let ana: Client;

beforeAll(async () => {
  product = await startProduct();
  chromium.setGraphicsMode = false;
  browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    // As people have it: with the rules for pages of other origins.
    args: [...chromium.args.filter((arg) => arg !== "--disable-web-security"), "--no-sandbox"],
    headless: true,
  });
  frontEnd = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<title>a front end</title>");
  }).listen(0, "127.0.0.1");
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(frontEnd.address() as AddressInfo).port}/`);
  ana = await product.user();
});
afterAll(async () => {
  await browser?.close();
  frontEnd?.close();
  await product?.close();
});

/** The answer that the page's own fetch gets, with the headers that it may read. */
function fetchInPage(url: string, headers: Record<string, string> = {}) {
  return page.evaluate(
    async ({ url, headers }) => {
      const response = await fetch(url, { headers });
      const bytes = (await response.arrayBuffer()).byteLength;
      return { status: response.status, bytes, headers: Object.fromEntries(response.headers) };
    },
    { url, headers },
  );
}

async function makeVideo() {
  const { video } = await ended(ana, await create(ana));
  return video as NonNullable<typeof video>;
}

describe("a page of another origin whose fetch adds headers", () => {
  test("downloads a preview and seeks in it", async () => {
    const { previewUrl } = await makeVideo();
    const added = { authorization: "Bearer of-the-front-end", "x-trace": "1" };
    const whole = await fetchInPage(previewUrl, added);
    expect(whole).toMatchObject({ status: 200, headers: { "accept-ranges": "bytes" } });
    expect(whole.headers["content-length"]).toBe(String(whole.bytes));
    const part = await fetchInPage(previewUrl, { ...added, range: "bytes=100-199" });
    expect(part).toMatchObject({
      status: 206,
      bytes: 100,
      headers: { "content-range": `bytes 100-199/${whole.bytes}`, etag: whole.headers.etag },
    });
    const rest = await fetchInPage(previewUrl, {
      range: `bytes=${whole.bytes - 10}-`,
      "if-range": String(whole.headers.etag),
    });
    expect(rest).toMatchObject({ status: 206, bytes: 10 });
  });
});

test("a video that the browser has cached is not shown once it is deleted", async () => {
  const { id, previewUrl, thumbnailUrl } = await makeVideo();
  for (const url of [previewUrl, thumbnailUrl]) {
    expect(await fetchInPage(url)).toMatchObject({ status: 200 });
    expect(await fetchInPage(url)).toMatchObject({ status: 200 });
  }
  await ana.request("mutation ($id: ID!) { deleteVideo(input: { videoId: $id }) { deletedVideoId } }", {
    id,
  });
  for (const url of [previewUrl, thumbnailUrl]) expect(await fetchInPage(url)).toMatchObject({ status: 404 });
});
