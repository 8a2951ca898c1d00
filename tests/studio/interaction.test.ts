import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Client } from "../support/client.js";
import { publishPaid } from "../support/paid-works.js";
import { type Product, startProduct } from "../support/product.js";
import { launchBrowser, Visit } from "./browser.js";
import { cut } from "./network.js";

let product: Product;
let browser: Browser;
let author: Client;
let ben: Client;
/** Enough to fill more than a window. */
let works: string[];
beforeAll(async () => {
  [product, browser] = await Promise.all([startProduct(), launchBrowser()]);
  ben = await product.user();
  works = [];
  for (let number = 1; number <= 30; number++) {
    // The sign-up credits are enough for ten videos.
    if (number % 10 === 1) author = await product.user();
    const work = await publishPaid(product, author, { title: `Work ${number}`, promptPriceCredits: 5 });
    works.push(work.id);
  }
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
});

/** The element with the focus: its text or its name. */
const focused = (page: Page) =>
  page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.textContent");
const pathOf = (page: Page) => new URL(page.url()).pathname;
const frames = (page: Page) => page.locator("main article a:has(img)");

test("a new page gives its heading the focus, also once its data is there, and back leads to the same place", async () => {
  const visit = await Visit.asUser(browser, ben);
  const page = await visit.open("/");
  await frames(page).first().waitFor();
  await expect.poll(() => page.evaluate("scrollTo(0, 400), scrollY")).toBe(400);
  const answers = Promise.withResolvers<void>();
  await page.route("**/graphql", async (route) => {
    await answers.promise;
    await route.continue();
  });
  const name = (await frames(page).nth(9).getAttribute("aria-label")) as string;
  // Scrolling it into sight would change the place.
  await page.getByRole("link", { name, exact: true }).dispatchEvent("click");
  await expect.poll(() => focused(page)).toBe("Work");
  answers.resolve();
  await expect.poll(() => focused(page)).toBe(name.replace(/ by .*/, ""));
  await page.goBack();
  await expect.poll(() => page.evaluate("scrollY")).toBe(400);
  await page.goto(product.url);
  await page.evaluate(`localStorage.removeItem("skyriff.session")`);
  await page.reload();
  await page.getByRole("link", { name: "Log in" }).first().click();
  await expect.poll(() => page.evaluate("document.activeElement.type")).toBe("tel");
  await visit.end();
});

test("a large screen is full of works before it is scrolled", async () => {
  const visit = await Visit.begin(browser, product.url);
  const page = await visit.open("/");
  await page.setViewportSize({ width: 2560, height: 1440 });
  await page.reload();
  const lowest = `Math.max(...[...document.querySelectorAll("main article")].map((each) => each.getBoundingClientRect().bottom))`;
  await expect.poll(() => page.evaluate(lowest)).toBeGreaterThan(1440);
  await visit.end();
});

test("keys lead through pages and works, are listed and named, and can be turned off", async () => {
  const visit = await Visit.asUser(browser, ben);
  const page = await visit.open("/");
  await frames(page).first().waitFor();
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const names = await frames(page).evaluateAll((all) => all.map((each) => each.ariaLabel));
  await press("j", "j", "k");
  expect(await focused(page)).toBe(names[0]);
  for (const [keys, path] of [
    [["c"], "/create"],
    [["g", "w"], "/wallet"],
    [["g", "l"], "/library"],
    [["g", "d"], "/"],
  ] as const) {
    await press(...keys);
    await expect.poll(() => pathOf(page)).toBe(path);
    // The heading has the focus, and the focus is seen.
    const outline =
      "document.activeElement.localName + getComputedStyle(document.activeElement).outlineStyle";
    await expect.poll(() => page.evaluate(outline)).toBe("h1solid");
  }
  await press("/");
  await expect.poll(() => page.evaluate("document.activeElement.localName")).toBe("textarea");
  expect(pathOf(page)).toBe("/create");
  expect(await page.getByRole("link", { name: "Create" }).first().getAttribute("title")).toBe("Create (C)");

  await page.goto(`${product.url}/works/${works[0]}`);
  const like = page.getByRole("button", { name: /^Like/ });
  await like.waitFor();
  await press("l");
  await expect.poll(() => like.getAttribute("aria-pressed")).toBe("true");
  await press("m");
  await page.getByRole("button", { name: "Unmute" }).waitFor();
  await press("?");
  const list = page.getByRole("dialog");
  await list.getByText("Next work").waitFor();
  await press("Escape");
  await list.waitFor({ state: "detached" });

  await page.goto(`${product.url}/me`);
  await page.getByLabel(/Keys of one letter/).uncheck();
  await page.locator("h1").click();
  await press("c", "?");
  expect(pathOf(page)).toBe("/me");
  expect(await page.getByRole("dialog").count()).toBe(0);
  expect(await page.getByRole("link", { name: "Create" }).first().getAttribute("title")).toBeNull();
  await visit.end();
});

test("a like shows before the server has answered, and is taken back with a sentence if it is refused", async () => {
  const visit = await Visit.asUser(browser, ben);
  const page = await visit.open(`/works/${works[1]}`);
  const like = page.getByRole("button", { name: /^Like/ });
  await like.waitFor();
  const answer = Promise.withResolvers<void>();
  await page.route("**/graphql", async (route) => {
    if (!route.request().postData()?.includes("likeWork")) return route.continue();
    await answer.promise;
    await route.abort();
  });
  await like.click();
  await expect.poll(() => like.textContent()).toBe("1");
  expect(await like.getAttribute("aria-pressed")).toBe("true");
  answer.resolve();
  await page.getByText("The server cannot be reached.").waitFor();
  expect(await like.textContent()).toBe("0");
  expect(await like.getAttribute("aria-pressed")).toBe("false");
  // The browser reports the request that was cut.
  visit.problems.length = 0;
  await visit.end();
});

test("a popover takes the focus and gives it back", async () => {
  const visit = await Visit.asUser(browser, ben, { theme: "light" });
  const page = await visit.open(`/works/${works[2]}`);
  await page.getByRole("button", { name: "Unlock for 5 credits" }).click();
  await expect.poll(() => focused(page)).toMatch(/^Unlock · 5 credits/);
  await page.keyboard.press("Escape");
  await expect.poll(() => focused(page)).toBe("Unlock for 5 credits");
  await visit.end();
});

test("a page that cannot be read says so, and tries again", async () => {
  // Without a socket, which would notice by itself that the server is back.
  const visit = await Visit.begin(browser, product.url);
  await visit.context.route("**/graphql", (route) => route.abort());
  const page = await visit.open(`/works/${works[3]}`);
  await page.getByText("The server cannot be reached.").waitFor();
  await visit.context.unroute("**/graphql");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { level: 1, name: "Work 4" }).waitFor();
  // The browser reports the requests that were cut.
  visit.problems.length = 0;
  await visit.end();
});

test("a list whose next page cannot be read says so at its end, and goes on from there", async () => {
  const visit = await Visit.begin(browser, product.url);
  const page = await visit.open("/");
  await frames(page).first().waitFor();
  const restore = await cut(page, "StudioFeed", { afterFirstPage: true });
  const toTheEnd = () => page.evaluate("scrollTo(0, document.body.scrollHeight), document.body.scrollHeight");
  await toTheEnd();
  await page.getByText("The server cannot be reached.").waitFor();
  const height = Number(await toTheEnd());
  const cursors: (string | null)[] = [];
  page.on("request", (request) => {
    const { operationName, variables } = request.postDataJSON() ?? {};
    if (operationName === "StudioFeed") cursors.push(variables.after);
  });
  await restore();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect.poll(toTheEnd).toBeGreaterThan(height);
  expect(await page.getByText("The server cannot be reached.").count()).toBe(0);
  // Not the first page, which would show other works than those in sight.
  expect(cursors).not.toContain(null);

  // The works of a person, which are not none because they cannot be read.
  await cut(page, "StudioUserWorks");
  await page.evaluate("scrollTo(0, 0)");
  await page.locator("main article a[href*='/users/']").first().click();
  await page.getByText("The server cannot be reached.").waitFor();
  expect(await page.getByText("Nothing published yet.").count()).toBe(0);
  visit.problems.length = 0;
  await visit.end();
});

test("a visitor, who has no socket, is online again once the server answers", async () => {
  const visit = await Visit.begin(browser, product.url);
  const page = await visit.open("/");
  await frames(page).first().waitFor();
  await visit.context.route("**/*", (route) => route.abort());
  await page.getByRole("link", { name: "Hot", exact: true }).click();
  await page.getByText("You are offline.").waitFor();
  await visit.context.unroute("**/*");
  await page.getByText("You are offline.").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Try again" }).click();
  await frames(page).first().waitFor();
  visit.problems.length = 0;
  await visit.end();
});

test("another source of a remix takes nothing of the one before, although it cannot be read", async () => {
  const visit = await Visit.asUser(browser, ben);
  const page = await visit.open(`/create?remix=${works[4]}`);
  await page.getByRole("link", { name: "Work 5", exact: true }).waitFor();
  const restore = await cut(page, "StudioRemixSource");
  await page.evaluate(`history.pushState(null, "", "?remix=${works[5]}")`);
  await page.getByText("The server cannot be reached.").waitFor();
  expect(await page.getByRole("link", { name: "Work 5", exact: true }).count()).toBe(0);
  await restore();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("link", { name: "Work 6", exact: true }).waitFor();
  visit.problems.length = 0;
  await visit.end();
});
