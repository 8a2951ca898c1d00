import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client } from "../support/client.js";
import { publishPaid } from "../support/paid-works.js";
import { fixedCode, type Product, startProduct } from "../support/product.js";
import { freePort } from "../support/programs.js";
import { newPhone } from "../support/seed.js";
import { launchBrowser, logIn, seriousFindings, Visit } from "./browser.js";

let product: Product;
let browser: Browser;
/** Below a path that no proxy strips, with the documents of the manifest alone. */
let url: string;
let own: { video: string; work: string; user: string };
/** A work of another person, with an open tip and a locked prompt. */
let others: string;
let state: Awaited<ReturnType<Visit["context"]["storageState"]>>;
beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}/some/path`;
  const settings = { PORT: String(port), PUBLIC_URL: `http://localhost:${port}/some/path` };
  [product, browser] = await Promise.all([
    startProduct({ settings: { ...settings, TRUSTED_DOCUMENTS: "only" } }),
    launchBrowser(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
});

const partOf = (page: Page, folder: string) => new URL(page.url()).pathname.split(`/${folder}/`)[1] as string;

test("the whole way works below a path, with trusted documents alone", async () => {
  const visit = await Visit.begin(browser, url);
  const page = await visit.open("/create");
  // The login leads back below the path, with what the visitor has written.
  await page.getByRole("textbox", { name: "Prompt" }).fill("a paper boat");
  await page.getByRole("button", { name: /^Log in to make it/ }).click();
  await page.waitForURL(`${url}/login?to=**`);
  await logIn(page, newPhone(), fixedCode, { here: true });
  await page.waitForURL(`${url}/create`);
  await page.getByRole("button", { name: /Make it/ }).click();
  await page.getByRole("link", { name: "Video: a paper boat" }).click();
  await page.getByRole("button", { name: "Publish" }).click();
  const video = partOf(page, "videos");
  await page.getByRole("dialog").getByRole("button", { name: "Publish" }).click();
  await page.waitForURL(/\/some\/path\/works\/work_/);
  const work = partOf(page, "works");
  await page.getByRole("link", { name: /followers/ }).click();
  await page.waitForURL(/\/users\/user_/);
  own = { video, work, user: partOf(page, "users") };
  // A still of this server, although PUBLIC_URL names it otherwise.
  const width = `document.querySelector("main article img")?.naturalWidth ?? 0`;
  await expect.poll(() => page.evaluate(width)).toBeGreaterThan(0);
  state = await visit.context.storageState();
  const ana = new Client(url);
  await ana.logIn(newPhone(), fixedCode);
  others = (await publishPaid(product, ana, { title: "Slow bells", promptPriceCredits: 5 })).id;
  await visit.end();
});

const sizes = {
  desk: { width: 1280, height: 800 },
  phone: { width: 360, height: 740 },
} as const;
const themes = ["dark", "light"] as const;

/** Sums up the layout shifts of a page. */
const watchShifts = `
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) window.shift += value;
  }).observe({ type: "layout-shift", buffered: true });`;

/** The faults of a page in this size, in either theme. */
async function faultsOf(page: Page, size: keyof typeof sizes): Promise<string[]> {
  const faults: string[] = [];
  await page.setViewportSize(sizes[size]);
  const count = async (what: string) => page.locator(what).count();
  if ((await count("main")) !== 1 || (await count("h1:visible")) !== 1)
    faults.push("not one main and one h1");
  const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
  if (Number(overflow) > 0) faults.push(`${overflow} px too wide`);
  for (const theme of themes) {
    await page.evaluate(`document.documentElement.dataset.theme = "${theme}"`);
    // The page is the same in both, but for its colors.
    const rules = theme === themes[0] ? undefined : ["color-contrast"];
    faults.push(...(await seriousFindings(page, rules)).map((finding) => `${theme}: ${finding}`));
  }
  return faults.map((fault) => `${page.url()}, ${size}: ${fault}`);
}

/** Opens each path and looks at it in both sizes and themes. The shifts are those of loading it. */
async function faultsOfScreens(visit: Visit, paths: readonly string[]): Promise<string[]> {
  const page = await visit.open(paths[0]);
  await page.addInitScript(watchShifts);
  const faults: string[] = [];
  for (const path of paths) {
    await page.setViewportSize(sizes.desk);
    await page.goto(url + path);
    await page.locator("main h1:visible").waitFor();
    await expect.poll(() => page.locator("main [class*=skeleton]").count()).toBe(0);
    const shift = await page.evaluate("window.shift");
    if (Number(shift) > 0.02) faults.push(`${path}: a layout shift of ${shift}`);
    for (const size of ["desk", "phone"] as const) faults.push(...(await faultsOf(page, size)));
  }
  return faults;
}

describe.each(["en", "zh"] as const)("in the language %s, in both sizes and both themes", (language) => {
  test("every screen has one heading, fits, stands still, and axe finds nothing serious", async () => {
    const visit = await Visit.begin(browser, url, { language, state });
    const faults = await faultsOfScreens(visit, [
      "/",
      "/?feed=following",
      "/?feed=creators",
      `/works/${own.work}`,
      `/works/${others}`,
      `/users/${own.user}`,
      "/create",
      `/create?remix=${others}`,
      "/library",
      "/library?tab=works",
      "/library?tab=favorites",
      "/library?tab=prompts",
      `/videos/${own.video}`,
      "/wallet",
      "/wallet/income",
      "/me",
      "/nothing",
      "/works/work_01m8mhdf2eesnrwyjajt2rtkhe",
    ]);
    expect(faults).toEqual([]);
    expect(visit.refusals).toEqual([]);
    await visit.end();
  });

  test("so has every screen of a visitor", async () => {
    const visit = await Visit.begin(browser, url, { language });
    const paths = ["/login", `/works/${others}`, "/create", "/library", "/wallet", "/me"];
    expect(await faultsOfScreens(visit, paths)).toEqual([]);
    expect(visit.refusals).toEqual([]);
    await visit.end();
  });
});
