import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Product, startProduct } from "../support/product.js";
import { launchBrowser, Visit } from "./browser.js";

let product: Product;
let browser: Browser;
beforeAll(async () => {
  [product, browser] = await Promise.all([startProduct(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
});

/** The npm Chromium refuses notifications. This one asks, is allowed, and keeps what it shows. */
const notifications = `
  window.shown = [];
  window.Notification = class {
    static permission = localStorage.getItem("permission") ?? "default";
    static async requestPermission() {
      localStorage.setItem("permission", "granted");
      return (this.permission = "granted");
    }
    constructor(title, { body }) { window.shown.push(title + ": " + body); }
    close() {}
  };
  Object.defineProperty(document, "hidden", { get: () => window.isAway === true });`;

async function order(page: Page, prompt: string): Promise<void> {
  await page.getByRole("textbox", { name: "Prompt" }).fill(prompt);
  await page.getByRole("button", { name: /Make it/ }).click();
}
const offer = (page: Page) => page.getByText("Shall this browser tell you when it is ready?");

test("the title says how far a video is, also after a reload and on other pages, and a notification is offered once", async () => {
  const visit = await Visit.asUser(browser, await product.user());
  await visit.context.addInitScript(notifications);
  const page = await visit.open("/create");
  await expect.poll(() => page.title()).toBe("Create · SkyRiff");
  await order(page, "slow bells [fault:success-late:6000]");
  await expect.poll(() => page.title()).toMatch(/^\d+ % · SkyRiff$/);
  // Nothing is asked for before the user has said yes.
  await offer(page).waitFor();
  expect(await page.evaluate("Notification.permission")).toBe("default");
  await page.getByRole("button", { name: "Tell me" }).click();
  await expect.poll(() => page.evaluate("Notification.permission")).toBe("granted");
  expect(await offer(page).count()).toBe(0);

  await page.goto(`${product.url}/wallet`);
  await expect.poll(() => page.title()).toMatch(/^\d+ % · SkyRiff$/);
  await page.getByText("held by 1 video").waitFor();
  await page.evaluate("window.isAway = true");
  await expect.poll(() => page.title()).toBe("Wallet · SkyRiff");
  await expect
    .poll(() => page.evaluate("window.shown"))
    .toEqual([expect.stringMatching(/^SkyRiff: Ready: slow bells/)]);
  await page.getByText("held", { exact: true }).waitFor();

  await page.goto(`${product.url}/create`);
  await order(page, "paper boat [fault:success-late:3000]");
  await page.getByText("In the making").waitFor();
  expect(await offer(page).count()).toBe(0);
  await visit.end();
});

test("a user who says no to notifications is not asked again", async () => {
  const visit = await Visit.asUser(browser, await product.user(), { language: "zh" });
  await visit.context.addInitScript(notifications);
  const page = await visit.open("/create");
  await page.getByRole("textbox", { name: "提示词" }).fill("慢钟 [fault:success-late:6000]");
  await page.getByRole("button", { name: "开始生成 · 10 积分" }).click();
  await page.getByRole("button", { name: "不用" }).click();
  await page.reload();
  await page.getByText("正在生成").waitFor();
  expect(await page.getByText("完成后由浏览器通知你").count()).toBe(0);
  expect(await page.evaluate("Notification.permission")).toBe("default");
  await visit.end();
});
