import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Client } from "../support/client.js";
import { type Product, startProduct } from "../support/product.js";
import { create, ended } from "../support/tasks.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { launchBrowser, seriousFindings, Visit } from "./browser.js";

const terms = { version: "2026-11", text: { en: "Label what you pass on.", zh: "传播时请标识。" } };

let product: Product;
let browser: Browser;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  const file = join(folder.path, "terms.json");
  await writeFile(file, JSON.stringify(terms));
  [product, browser] = await Promise.all([
    startProduct({ settings: { DOWNLOAD_TERMS_FILE: file } }),
    launchBrowser(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
  await folder?.remove();
});

const openButton = (page: Page) => page.getByRole("button", { name: "Download · 6 credits" });
const dialog = (page: Page) => page.getByRole("dialog");
const payButton = (page: Page) => dialog(page).getByRole("button", { name: /^Download/ });
const termsIn = (page: Page) => dialog(page).getByText(terms.text.en);
const videoOf = async (client: Client) => (await ended(client, await create(client))).video?.id as string;

async function pay(page: Page): Promise<void> {
  await Promise.all([page.waitForEvent("download"), payButton(page).click()]);
}

test("the terms of a download are asked once for each version, and of each user of the browser", async () => {
  const [ana, ben] = [await product.user(), await product.user()];
  const visit = await Visit.asUser(browser, ana);
  const page = await visit.open(`/videos/${await videoOf(ana)}`);
  await openButton(page).click();
  await termsIn(page).waitFor();
  expect(await payButton(page).getAttribute("title")).toBe("Accept the terms first.");
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByLabel("I accept these terms").check();
  await page.getByLabel("Do not ask again on this device").check();
  await pay(page);

  // The same version again: neither the terms nor the price are asked for.
  await page.goto(`${product.url}/videos/${await videoOf(ana)}`);
  await Promise.all([page.waitForEvent("download"), openButton(page).click()]);
  expect(await dialog(page).count()).toBe(0);

  // A new version, which is not yet the server's.
  await page.route("**/graphql", async (route) => {
    if (!route.request().postData()?.includes("DownloadTerms")) return route.fallback();
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace("2026-11", "2026-12") });
  });
  await page.reload();
  await openButton(page).click();
  await termsIn(page).waitFor();
  await page.getByLabel("I accept these terms").check();
  await Promise.all([
    page.waitForResponse((response) => Boolean(response.request().postData()?.includes("DownloadTerms"))),
    payButton(page).click(),
  ]);
  await dialog(page).getByText("The terms have changed. Read and accept them first.").waitFor();
  await page.unroute("**/graphql");

  // Another person at the same browser.
  await page.goto(`${product.url}/me`);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await page.getByRole("link", { name: "Log in" }).first().waitFor();
  const { userId, token: accessToken, refreshToken } = ben;
  const session = JSON.stringify({ userId, accessToken, refreshToken, expiresAtMs: Date.now() + 600_000 });
  await page.evaluate(`localStorage.setItem("skyriff.session", ${JSON.stringify(session)})`);
  await page.goto(`${product.url}/videos/${await videoOf(ben)}`);
  await openButton(page).click();
  await termsIn(page).waitFor();
  expect(await page.getByLabel("Do not ask again on this device").isChecked()).toBe(false);
  await page.getByLabel("I accept these terms").check();
  await pay(page);
  await visit.end();
});
