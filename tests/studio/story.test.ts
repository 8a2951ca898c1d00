import { readFileSync } from "node:fs";
import type { Browser, Locator, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TasksDocument } from "../../src/generated/operations.js";
import { fixedCode, type Product, startProduct } from "../support/product.js";
import { newPhone } from "../support/seed.js";
import { ended } from "../support/tasks.js";
import { launchBrowser, logIn, seriousFindings, Visit } from "./browser.js";

let product: Product;
let browser: Browser;
beforeAll(async () => {
  [product, browser] = await Promise.all([startProduct(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
});

const makeIt = (page: Page) => page.getByRole("button", { name: /Make it/ });
const prompt = (page: Page) => page.getByRole("textbox", { name: "Prompt" });
const videoLink = (page: Page, words: string) =>
  page.getByRole("link", { name: new RegExp(`^Video: ${words}`) });

/** Holds back the answers to a query, until they are released. */
async function holdAnswersTo(page: Page, operation: string): Promise<() => Promise<void>> {
  const held = Promise.withResolvers<void>();
  const answers: Promise<void>[] = [];
  await page.route("**/graphql", async (route) => {
    if (route.request().postDataJSON().operationName !== operation) return route.continue();
    const response = await route.fetch();
    answers.push(held.promise.then(() => route.fulfill({ response })));
  });
  return async () => {
    await expect.poll(() => answers.length).toBeGreaterThan(0);
    held.resolve();
    await Promise.all(answers);
    await page.unroute("**/graphql");
  };
}

/** Drags a picture from outside of the browser over the element, and drops it there. */
async function dropFile(target: Locator, picture: Buffer): Promise<void> {
  const dataTransfer = await target.page().evaluateHandle(`(() => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(${JSON.stringify([...picture])});
    transfer.items.add(new File([bytes], "dropped.png", { type: "image/png" }));
    return transfer;
  })()`);
  for (const type of ["dragover", "drop"]) await target.dispatchEvent(type, { dataTransfer });
}

test("from the login to a clean file, then published, liked by another person, and in the statement", async () => {
  const ana = await Visit.begin(browser, product.url);
  const page = await ana.open("/create");
  await logIn(page, newPhone(), fixedCode);
  const picture = await sharp({ create: { width: 320, height: 180, channels: 3, background: "#345" } })
    .png()
    .toBuffer();
  await dropFile(prompt(page), picture);
  await page.getByRole("button", { name: "Remove the image" }).click();
  await page
    .locator("input[type=file]")
    .setInputFiles({ name: "harbor.png", mimeType: "image/png", buffer: picture });
  await page.getByRole("button", { name: "Remove the image" }).waitFor();
  await page.getByText("Made by AI").click();
  await expect.poll(() => page.getByLabel("Made by AI").isChecked()).toBe(true);
  await prompt(page).fill("a lighthouse at dusk");
  // The draft survives a reload.
  await page.reload();
  expect(await prompt(page).inputValue()).toBe("a lighthouse at dusk");
  expect(await makeIt(page).textContent()).toContain("10 credits");
  await page.getByText("90 left afterwards. If it fails, all 10 come back.").waitFor();
  await makeIt(page).click();
  await expect.poll(() => page.locator("header").textContent()).toContain("90");
  await videoLink(page, "a lighthouse at dusk").click();

  await page.locator("video").waitFor();
  expect(await page.locator("main h1").textContent()).toBe("a lighthouse at dusk");
  expect(await page.locator("main").textContent()).toMatch(/AI/);
  await page.getByRole("button", { name: "Download · 6 credits" }).click();
  const dialog = page.getByRole("dialog");
  expect(await dialog.textContent()).toMatch(/6 credits.*You have90.*Left afterwards84/);
  expect(await seriousFindings(page)).toEqual([]);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    dialog.getByRole("button", { name: /Download/ }).click(),
  ]);
  const file = readFileSync(await download.path());
  expect(file.subarray(4, 8).toString()).toBe("ftyp");
  await expect.poll(() => page.locator("header").textContent()).toContain("84");

  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByLabel("Title").fill("The keeper's last evening");
  await page.getByRole("dialog").getByRole("button", { name: "Publish" }).click();
  await page.getByRole("heading", { level: 1, name: "The keeper's last evening" }).waitFor();
  const address = new URL(page.url()).pathname;
  expect(address).toMatch(/^\/works\/work_/);

  const ben = await Visit.begin(browser, product.url, { theme: "light" });
  const other = await ben.open("/");
  await other.getByRole("link", { name: /The keeper's last evening/ }).click();
  const like = other.getByRole("button", { name: /^Like/ });
  await like.click();
  // Visitors log in and come back to the work.
  await logIn(other, newPhone(), fixedCode, { here: true });
  await like.click();
  await expect.poll(() => like.getAttribute("aria-pressed")).toBe("true");
  expect(await like.textContent()).toBe("1");
  expect(await other.locator("main").textContent()).not.toContain("a lighthouse at dusk");
  // The author sees it without a reload.
  await expect.poll(() => page.getByRole("button", { name: /^Like/ }).textContent()).toBe("1");
  await other.getByRole("button", { name: "Follow" }).click();
  await other.getByText("1 follower").waitFor();
  expect(await seriousFindings(other)).toEqual([]);

  await page.goto(`${product.url}/wallet`);
  await page.getByText("−10", { exact: true }).waitFor();
  await page.getByText("−6", { exact: true }).waitFor();
  await page.getByRole("link", { name: /Clean download/ }).click();
  await page.getByRole("link", { name: "To the work" }).click();
  await page.getByRole("button", { name: "Take out" }).click();
  await page.getByText("You took this work out.").waitFor();
  await other.reload();
  await other.getByText("This work is not here any more.").waitFor();
  await ana.end();
  await ben.end();
});

test("a refused prompt says so and that the credits are back, and two tabs agree", async () => {
  const visit = await Visit.begin(browser, product.url, { theme: "light" });
  const page = await visit.open("/create");
  await logIn(page, newPhone(), fixedCode);
  const other = await visit.open("/create");
  await prompt(page).fill("a chase [fault:content-policy]");
  await makeIt(page).click();
  for (const tab of [page, other]) {
    await tab.getByText("The prompt was refused").waitFor();
    await tab.getByText("10 credits are back", { exact: true }).waitFor();
  }
  // The tab that heard of it says it aloud.
  await page
    .getByRole("status")
    .filter({ hasText: "Could not be made: a chase [fault:content-policy]. 10 credits are back." })
    .waitFor({ state: "attached" });
  await expect.poll(() => page.locator("header").textContent()).toContain("100");
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole("button", { name: "Edit and retry" }).click();
  expect(await prompt(page).inputValue()).toBe("a chase [fault:content-policy]");
  await visit.end();
});

test("a task that ends while the connection is cut is shown when it is back", async () => {
  const client = await product.user();
  const visit = await Visit.asUser(browser, client, { size: "phone" });
  const page = await visit.open("/create");
  // It cannot end before the connection is cut.
  await prompt(page).fill("rain over the market [fault:success-late:6000]");
  const release = await holdAnswersTo(page, "StudioTasks");
  await makeIt(page).click();
  await page.getByText("In the making").waitFor();
  await expect.poll(() => page.title()).toMatch(/^\d+ % · SkyRiff$/);
  await visit.context.setOffline(true);
  // An answer that was under way says nothing about the network.
  await release();
  await page.getByText("You are offline. What is running goes on").waitFor();
  expect(await makeIt(page).getAttribute("title")).toBe("You are offline.");
  const { tasks } = await client.request(TasksDocument, {});
  expect(await ended(client, tasks.nodes[0]?.id as string)).toMatchObject({ status: "SUCCESS" });
  expect(await videoLink(page, "rain over the market").count()).toBe(0);
  await visit.context.setOffline(false);
  await videoLink(page, "rain over the market").waitFor();
  await expect.poll(() => page.title()).toBe("Create · SkyRiff");
  // Although no event told of it.
  const news = page.getByRole("status").filter({ hasText: "Ready: rain over the market" });
  await news.waitFor({ state: "attached" });
  visit.problems.length = 0;
  await page.goto(`${product.url}/library`);
  await videoLink(page, "rain over the market").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole("button", { name: "Select" }).click();
  await page.getByRole("button", { name: /^Select: rain over the market/ }).click();
  await page.getByRole("button", { name: "Move" }).click();
  await page.getByLabel("New project").check();
  await page.getByLabel("Name").fill("Rain");
  await page.getByRole("dialog").getByRole("button", { name: "Move" }).click();
  await page.getByRole("link", { name: /^Rain/ }).click();
  await videoLink(page, "rain over the market").waitFor();
  await page.getByRole("button", { name: "Select" }).click();
  await page.getByRole("button", { name: /^Select: rain over the market/ }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("This project is empty.").waitFor();
  await visit.end();
});
