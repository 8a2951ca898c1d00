import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RemixWorkDocument, UpdateWorkDocument } from "../../src/generated/operations.js";
import type { Client } from "../support/client.js";
import { makeVideo, publishPaid } from "../support/paid-works.js";
import { type Product, startProduct } from "../support/product.js";
import { ended } from "../support/tasks.js";
import { launchBrowser, seriousFindings, Visit } from "./browser.js";

/** Smaller stories: things that people do every day. */

let product: Product;
let browser: Browser;
let ana: Client;
let ben: Client;
let work: string;
beforeAll(async () => {
  [product, browser] = await Promise.all([
    startProduct({ settings: { FEED_REFRESH_MS: "0" } }),
    launchBrowser(),
  ]);
  [ana, ben] = [await product.user(), await product.user()];
  const input = { title: "Slow bells", promptPriceCredits: 5, remixFeeCredits: 4 };
  work = (await publishPaid(product, ana, input)).id;
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
});

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });
const dialog = (page: Page) => page.getByRole("dialog");

test("of a batch, one is canceled and tried again, and all are made", async () => {
  const visit = await Visit.asUser(browser, await product.user());
  const page = await visit.open("/create");
  await page.getByRole("textbox", { name: "Prompt" }).fill("two boats [fault:503 x2]");
  await page.locator("fieldset", { hasText: "How many" }).getByText("2", { exact: true }).click();
  await button(page, "Make it · 20 credits").click();
  await expect.poll(() => button(page, "Cancel").count()).toBe(2);
  await button(page, "Cancel").first().click();
  await page.getByText("Canceled", { exact: true }).waitFor();
  await page.getByText("10 credits are back", { exact: true }).waitFor();
  await button(page, "Try again · 10").click();
  await expect.poll(() => page.getByRole("link", { name: /^Video: two boats/ }).count()).toBe(2);
  await visit.end();
});

interface Fees {
  tasks: { nodes: { remixFeeCredits: number }[] };
}

test("another try of a remix shows the fee of now, and is paid at it", async () => {
  const input = { workId: work, prompt: "in snow [fault:reject]" };
  const { remixWork } = await ben.request(RemixWorkDocument, { input });
  expect(await ended(ben, remixWork.task.id)).toMatchObject({ status: "FAILURE", costCredits: 10 });
  await ana.request(UpdateWorkDocument, { input: { workId: work, remixFeeCredits: 6 } });
  const visit = await Visit.asUser(browser, ben);
  const page = await visit.open("/create");
  await button(page, "Try again · 16").click();
  const fees = async () =>
    (await ben.request<Fees, object>("{ tasks { nodes { remixFeeCredits } } }", {})).tasks.nodes;
  await expect.poll(fees).toEqual([{ remixFeeCredits: 6 }, { remixFeeCredits: 4 }]);
  await visit.end();
});

test("a link that is shared leads to the work, and is shown where there is no clipboard", async () => {
  const visit = await Visit.asUser(browser, ben);
  await visit.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await visit.open("/");
  await page.getByRole("link", { name: "Hot", exact: true }).click();
  await page.getByRole("link", { name: /^Slow bells by/ }).click();
  await button(page, "Share").click();
  await button(page, "Link copied").waitFor();
  await page.getByText("1 share", { exact: true }).waitFor();
  const { pathname } = new URL(await page.evaluate("navigator.clipboard.readText()"));
  await page.goto(product.url + pathname);
  await page.getByRole("heading", { level: 1, name: "Slow bells" }).waitFor();

  // As on plain http.
  await page.addInitScript("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
  await page.reload();
  await button(page, "Share").click();
  const link = page.getByLabel("Copy the link from here");
  expect(await link.inputValue()).toContain(pathname);
  const selected = "document.activeElement.selectionEnd - document.activeElement.selectionStart";
  expect(await page.evaluate(selected)).toBe((await link.inputValue()).length);
  expect(await seriousFindings(page)).toEqual([]);
  await visit.end();
});

test("a person is reported, blocked and unblocked", async () => {
  const visit = await Visit.asUser(browser, ben, { theme: "light" });
  const page = await visit.open(`/works/${work}`);
  await button(page, "Report").click();
  await page.getByLabel("Advertising or repetition").check();
  await page.getByLabel("What we should know").fill("The same film ten times.");
  expect(await seriousFindings(page)).toEqual([]);
  await button(page, "Send report").click();
  await page.getByText("Thank you. We will look at it.").waitFor();
  await dialog(page).getByRole("button", { name: "Close" }).last().click();

  await page.goto(`${product.url}/users/${ana.userId}`);
  await page.getByRole("link", { name: /^Slow bells/ }).waitFor();
  await button(page, "Block").click();
  await page.getByText("You have blocked this person.").waitFor();
  await page.goto(product.url);
  await page.getByText("Nothing has been published yet.").waitFor();
  await page.goto(`${product.url}/me`);
  await page.getByRole("heading", { name: "Blocked people" }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await button(page, "Unblock").click();
  await page.getByRole("heading", { name: "Blocked people" }).waitFor({ state: "detached" });
  await page.goto(`${product.url}/users/${ana.userId}`);
  await page.getByRole("link", { name: /^Slow bells/ }).waitFor();
  await visit.end();
});

test("a profile has a name and a picture, the theme lasts, and videos move into a project", async () => {
  const cleo = await product.user();
  await makeVideo(product, cleo, { prompt: "a kite" });
  const visit = await Visit.asUser(browser, cleo);
  const page = await visit.open("/me");
  const avatar = page.locator("header a[href$='/me'] img");
  await page.getByLabel("Name", { exact: true }).fill("Cleo");
  await button(page, "Save").click();
  await page.getByText("Saved.").waitFor();
  const picture = await sharp({ create: { width: 64, height: 64, channels: 3, background: "#a52" } })
    .png()
    .toBuffer();
  const file = { name: "cleo.png", mimeType: "image/png", buffer: picture };
  await page.locator("input[type=file]").setInputFiles(file);
  await avatar.waitFor();
  await button(page, "Remove picture").click();
  await avatar.waitFor({ state: "detached" });
  await page.getByText("Light", { exact: true }).click();
  expect(await page.locator("html").getAttribute("data-theme")).toBe("light");
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Cleo" }).waitFor();
  expect(await page.locator("html").getAttribute("data-theme")).toBe("light");

  await page.goto(`${product.url}/library`);
  await button(page, "New project").click();
  await page.getByLabel("Name", { exact: true }).fill("Wind");
  expect(await seriousFindings(page)).toEqual([]);
  await button(page, "Save").click();
  await page.getByText("This project is empty.").waitFor();
  await page.goto(
    product.url + new URL(await hrefOf(page, "Video: a kite", "/library"), product.url).pathname,
  );
  await button(page, "Move").click();
  await page.getByLabel("Wind").check();
  expect(await seriousFindings(page)).toEqual([]);
  await dialog(page).getByRole("button", { name: "Move" }).click();
  await page.getByRole("link", { name: "Wind" }).waitFor();
  await visit.end();
});

async function hrefOf(page: Page, name: string, path: string): Promise<string> {
  await page.goto(product.url + path);
  return (await page.getByRole("link", { name }).getAttribute("href")) as string;
}
