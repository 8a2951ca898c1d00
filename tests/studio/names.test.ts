import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Client } from "../support/client.js";
import { makeVideo, publishPaid, walletOf } from "../support/paid-works.js";
import { fixedCode, type Product, startProduct } from "../support/product.js";
import { newPhone } from "../support/seed.js";
import { launchBrowser, Visit } from "./browser.js";

/** The names that assistive technology, password managers and other programs rely on. */

let product: Product;
let browser: Browser;
let ana: Client;
let video: string;
let work: string;
beforeAll(async () => {
  [product, browser] = await Promise.all([startProduct(), launchBrowser()]);
  ana = await product.user();
  video = await makeVideo(product, ana);
  work = (await publishPaid(product, ana, { title: "Slow bells", promptPriceCredits: 5 })).id;
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
});

const paths = () => [
  ...["/", "/create", `/create?remix=${work}`, "/library", "/wallet", "/wallet/income", "/me"],
  ...[`/works/${work}`, `/videos/${video}`, `/users/${ana.userId}`],
];
const logins = (page: Page) =>
  page.getByRole("link", { name: /^Log in/ }).or(page.getByRole("button", { name: /^Log in/ }));
const shownHeadings = (page: Page) => page.locator("h1:visible").count();

test("visitors find Log in first on every page, in sight, and no page asks for what they may not see", async () => {
  for (const size of ["desktop", "phone"] as const) {
    const visit = await Visit.begin(browser, product.url, { size });
    const page = await visit.open("/");
    for (const path of paths()) {
      await page.goto(product.url + path);
      await page.locator("main h1:visible").waitFor();
      expect(await logins(page).first().isVisible(), path).toBe(true);
    }
    expect(visit.refusals).toEqual([]);
    await visit.end();
  }
  expect(product.logged.filter((line) => line.includes("UNAUTHENTICATED"))).toEqual([]);
});

test("nothing is named Log in once one is logged in, and the balance is a number in the bar", async () => {
  const { credits } = await walletOf(ana);
  const visit = await Visit.asUser(browser, ana);
  const page = await visit.open("/");
  for (const path of paths()) {
    await page.goto(product.url + path);
    await page.locator("main h1:visible").waitFor();
    await expect.poll(() => page.getByRole("banner").textContent()).toContain(`${credits}credits`);
    expect(await logins(page).count(), path).toBe(0);
  }
  await visit.end();
});

test("every page has its heading before its data is there", async () => {
  const visit = await Visit.asUser(browser, ana);
  await visit.context.route("**/graphql", () => {});
  const page = await visit.open("/");
  for (const path of paths()) {
    await page.goto(product.url + path);
    await page.locator("main h1:visible").waitFor();
    expect(await shownHeadings(page), path).toBe(1);
  }
  await visit.end();
});

test("the composer, the players and the cards have the roles and names that programs look for", async () => {
  const visit = await Visit.asUser(browser, ana);
  const page = await visit.open("/create");
  await page.getByRole("button", { name: "10 credits" }).waitFor();
  const fields = page.locator("main input[type=text], main input:not([type]), main textarea");
  expect(await fields.first().getAttribute("placeholder")).toMatch(/^Describe the video/);
  await page.locator(`main a[href$="/videos/${video}"] img`).first().waitFor();
  await page.goto(product.url);
  await page.locator(`main a[href$="/works/${work}"] img`).first().waitFor();
  const label = `query($work: ID!, $video: ID!) {
    work(id: $work) { aiLabel { text } }
    video(id: $video) { aiLabel { text } }
  }`;
  const labels = await ana.request<{ work: Labelled; video: Labelled }, object>(label, { work, video });
  for (const [path, { aiLabel }] of [
    [`/works/${work}`, labels.work],
    [`/videos/${video}`, labels.video],
  ] as const) {
    await page.goto(product.url + path);
    await page.locator("main video").waitFor();
    await page.locator("main").getByText(aiLabel.text, { exact: true }).waitFor();
  }
  await page.getByRole("button", { name: /^Download/ }).waitFor();
  await page.goto(`${product.url}/works/${work}`);
  expect(await page.getByRole("button", { name: /^Like/ }).getAttribute("aria-pressed")).toBe("false");
  await visit.end();
});

interface Labelled {
  aiLabel: { text: string };
}

test("the login form says what its fields take, and Enter sends both, each once", async () => {
  const visit = await Visit.begin(browser, product.url);
  const page = await visit.open("/login?to=/me");
  const attributes = (field: string, names: readonly string[]) =>
    Promise.all(names.map((name) => page.locator(field).getAttribute(name)));
  const phone = "input[type=tel]";
  expect(await attributes(phone, ["inputmode", "autocomplete"])).toEqual(["tel", "tel"]);
  // Pasted as an address book has it.
  await page.locator(phone).fill(newPhone().replace(/^(\+86)(\d{3})(\d{4})/, "$1 $2 $3 "));
  await page.keyboard.press("Enter");
  const code = "input[autocomplete=one-time-code]";
  await page.locator(code).waitFor();
  expect(await attributes(code, ["inputmode"])).toEqual(["numeric"]);
  expect(await page.locator('[name*=code]:not([autocomplete="one-time-code"])').count()).toBe(0);
  await page.getByText(`the code is ${fixedCode}`).waitFor();
  const sofar = logInsSent();
  await page.locator(code).fill(fixedCode);
  await page.keyboard.press("Enter");
  await page.waitForURL(({ pathname }) => pathname === "/me");
  expect(logInsSent() - sofar).toBe(1);
  // Ends every session without a question.
  await page.getByRole("button", { name: "Log out everywhere" }).click();
  await page.getByRole("link", { name: "Log in" }).first().waitFor();
  await visit.end();
});

const logInsSent = () => product.logged.filter((line) => line.includes("mutation login ")).length;
