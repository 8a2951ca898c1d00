import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UnpublishWorkDocument } from "../../src/generated/operations.js";
import { RemovalService } from "../../src/modules/works/index.js";
import type { Client } from "../support/client.js";
import { makeVideo, publishPaid } from "../support/paid-works.js";
import { type Product, startProduct } from "../support/product.js";
import { publish } from "../support/works.js";
import { launchBrowser, seriousFindings, Visit } from "./browser.js";
import { cut, refuse } from "./network.js";

/** Refusals are shown where they happened, with a way on. */

let product: Product;
let browser: Browser;
let ana: Client;
beforeAll(async () => {
  [product, browser] = await Promise.all([startProduct(), launchBrowser()]);
  ana = await product.user();
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
});

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });
const dialog = (page: Page) => page.getByRole("dialog");
const cutOff = (page: Page) => page.getByText("The server cannot be reached.");
const pathOf = (page: Page) => new URL(page.url()).pathname;

test("publishing what is published already says so and leads to the work, and what was removed cannot be changed", async () => {
  const videoId = await makeVideo(product, ana);
  const visit = await Visit.asUser(browser, ana);
  const page = await visit.open(`/videos/${videoId}`);
  await button(page, "Publish").click();
  await page.getByLabel("Title").fill("Slow bells");
  await expect.poll(() => page.getByLabel("Price of the prompt").getAttribute("max")).toBe("100");
  expect(await seriousFindings(page)).toEqual([]);
  const work = await publish(product, ana, { videoId, title: "Birds" });
  await dialog(page).getByRole("button", { name: "Publish" }).click();
  await dialog(page).getByText("This video is published already.").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await dialog(page).getByRole("link", { name: "To the work" }).click();
  await page.getByRole("heading", { level: 1, name: "Birds" }).waitFor();

  await button(page, "Edit").click();
  await page.getByLabel("Description").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  const save = dialog(page).getByRole("button", { name: "Save" });
  const extensions = { code: "BAD_USER_INPUT", field: "description" };
  const allow = await refuse(page, "StudioUpdateWork", { extensions, path: ["updateWork"] });
  await save.click();
  await dialog(page).getByText("A description has at most 2000 characters.").waitFor();
  expect(await page.getByLabel("Description").getAttribute("aria-invalid")).toBe("true");
  await allow();
  await new RemovalService(product.app).remove(work.id, "stolen");
  await save.click();
  await dialog(page).getByText("This work was removed and can no longer be changed.").waitFor();
  await dialog(page).getByRole("button", { name: "Load it again" }).click();
  await page.getByText("This work was removed: stolen").waitFor();
  await visit.end();
});

test("a video that is published again begins with the words and the prices of its work", async () => {
  const words = {
    title: "Paper boat",
    description: "Made at dusk.",
    promptPriceCredits: 9,
    remixFeeCredits: 7,
  };
  const { id, videoId } = await publishPaid(product, ana, words);
  await ana.request(UnpublishWorkDocument, { input: { workId: id } });
  const visit = await Visit.asUser(browser, ana);
  const page = await visit.open(`/videos/${videoId}`);
  await button(page, "Publish").click();
  const shown = ["Title", "Description", "Price of the prompt", "Fee for each remix"];
  expect(await Promise.all(shown.map((label) => page.getByLabel(label).inputValue()))).toEqual(
    Object.values(words).map(String),
  );
  await visit.end();
});

test("a link to another work begins anew: no thanks, no amount, no work of before", async () => {
  const cleo = await product.user();
  const source = await publishPaid(product, ana, { title: "The source" });
  const remix = await publishPaid(product, cleo, { title: "The remix", remixOf: source.id });
  const visit = await Visit.asUser(browser, await product.user());
  const page = await visit.open(`/works/${remix.id}`);
  await page.getByText("10", { exact: true }).click();
  await button(page, "Tip 10 credits").click();
  await page.getByText(/^Thank you\./).waitFor();
  await page.getByText("20", { exact: true }).click();
  await button(page, "Tip 20 credits").waitFor();
  const restore = await cut(page, "StudioWorkPage");
  await page.getByRole("link", { name: /^The source/ }).click();
  await page.waitForURL(`**/works/${source.id}`);
  await cutOff(page).waitFor();
  expect(await page.getByRole("heading", { name: "The remix" }).count()).toBe(0);
  expect(await button(page, /^(Like|Tip)/).count()).toBe(0);
  await restore();
  await button(page, "Try again").click();
  await page.getByRole("heading", { level: 1, name: "The source" }).waitFor();
  await button(page, "Choose an amount").waitFor();
  expect(await page.getByText(/^Thank you\./).count()).toBe(0);
  // The browser reports the requests that were cut.
  visit.problems.length = 0;
  await visit.end();
});

test("of several videos, those that are deleted are not deleted again after a cut connection", async () => {
  const dora = await product.user();
  for (const prompt of ["one", "two", "three"]) await makeVideo(product, dora, { prompt });
  const visit = await Visit.asUser(browser, dora);
  const page = await visit.open("/library");
  await button(page, "Select").click();
  for (const prompt of ["one", "two", "three"]) await button(page, `Select: ${prompt}`).click();
  await button(page, "Delete").click();
  expect(await seriousFindings(page)).toEqual([]);
  const restore = await cut(page, "DeleteVideo", { call: 1 });
  await dialog(page).getByRole("button", { name: "Delete 3" }).click();
  await cutOff(page).waitFor();
  await dialog(page).getByRole("button", { name: "Delete 2" }).waitFor();
  await dialog(page).getByRole("button", { name: "Try again" }).click();
  await page.getByText("What you make is kept here.").waitFor();
  expect(visit.refusals).toEqual([]);
  await restore();
  visit.problems.length = 0;
  await visit.end();
});

test("a log-out everywhere without an answer is no success", async () => {
  const visit = await Visit.asUser(browser, await product.user());
  const page = await visit.open("/me");
  const restore = await cut(page, "LogoutEverywhere");
  await button(page, "Log out everywhere").click();
  await cutOff(page).waitFor();
  expect(pathOf(page)).toBe("/me");
  expect(await page.evaluate(`localStorage.getItem("skyriff.session")`)).not.toBeNull();
  expect(await seriousFindings(page)).toEqual([]);
  await restore();
  await button(page, "Try again").click();
  await page.getByRole("link", { name: "Log in" }).first().waitFor();
  visit.problems.length = 0;
  await visit.end();
});

test("a code that could not be sent, and a download that was paid back, are named as such", async () => {
  const visitor = await Visit.begin(browser, product.url);
  const login = await visitor.open("/login");
  const unsent = { extensions: { code: "VENDOR_UNAVAILABLE" }, path: ["requestLoginCode"] };
  await refuse(login, "RequestLoginCode", unsent);
  await login.locator("input[type=tel]").fill("13800138000");
  await login.keyboard.press("Enter");
  await login.getByText("The message with the code could not be sent.").waitFor();
  await button(login, "Try again").waitFor();
  expect(await seriousFindings(login)).toEqual([]);
  await visitor.end();

  const visit = await Visit.asUser(browser, ana);
  const page = await visit.open(`/videos/${await makeVideo(product, ana)}`);
  const extensions = { code: "INTERNAL_SERVER_ERROR", reason: "REFUNDED" };
  await refuse(page, "DownloadNoWatermark", { extensions, path: ["downloadNoWatermark"] });
  await button(page, /^Download/).click();
  await dialog(page)
    .getByRole("button", { name: /^Download/ })
    .click();
  await dialog(page).getByText("Your credits are back").waitFor();
  await visit.end();
});
