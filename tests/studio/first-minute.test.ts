import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AccessTokens } from "../../src/modules/accounts/tokens.js";
import { uuidFromPublicId } from "../../src/platform/ids/ids.js";
import type { Client } from "../support/client.js";
import { fixedCode, type Product, startProduct } from "../support/product.js";
import { newPhone } from "../support/seed.js";
import { create } from "../support/tasks.js";
import { until } from "../support/until.js";
import { launchBrowser, logIn, seriousFindings, Visit } from "./browser.js";

const accessTokenMs = 15 * 60_000;

let product: Product;
let browser: Browser;
beforeAll(async () => {
  [product, browser] = await Promise.all([startProduct(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
});

const refreshes = () => product.logged.filter((line) => line.includes("mutation refreshSession 200")).length;
const balanceIn = (page: Page) => page.locator("header strong").textContent();
const isLoggedIn = (page: Page) => page.getByRole("link", { name: "Me" }).first().isVisible();
const tokens = (page: Page) =>
  page.evaluate(() => JSON.parse(localStorage.getItem("skyriff.session") ?? "null"));

test("a visitor sees the feed, asks nothing that needs a login, and opens no socket", async () => {
  const visit = await Visit.begin(browser, product.url);
  const page = await visit.open();
  const sockets: string[] = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  await page.reload();
  await page.getByText("The first work could be yours.").waitFor();
  await page.getByRole("link", { name: "Following", exact: true }).click();
  await page.getByText("Log in, follow a few people").waitFor();
  expect(sockets).toEqual([]);
  expect(product.logged.filter((line) => line.includes("UNAUTHENTICATED"))).toEqual([]);
  for (const path of ["/create", "/library", "/me"]) {
    await page.goto(product.url + path);
    await page.locator("main h1:visible").waitFor();
    await page.getByRole("link", { name: "Log in" }).first().waitFor();
  }
  await visit.end();
});

test("a login lasts over reloads and reaches other tabs, as the logout does", async () => {
  const visit = await Visit.begin(browser, product.url);
  const page = await visit.open("/library");
  const other = await visit.open();
  const pasted = ` ${newPhone().replace(/^(\+86)(\d{3})/, "$1 $2-")} `;
  await logIn(page, pasted, fixedCode);
  // Back to where one was.
  expect(new URL(page.url()).pathname).toBe("/library");
  await until("the other tab to be logged in", () => isLoggedIn(other));
  await page.reload();
  await until("the login to last", () => isLoggedIn(page));
  await expect.poll(() => page.locator("header").textContent()).toContain("100");

  // The feed was asked for before the program was there, the balance was not.
  await page.goto(product.url);
  await expect.poll(() => balanceIn(page)).toBe("100");

  await page.goto(`${product.url}/me`);
  await page.getByRole("button", { name: "Log out everywhere" }).waitFor();
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await page.getByRole("link", { name: "Log in" }).first().waitFor();
  await other.getByRole("link", { name: "Log in" }).first().waitFor();
  expect(await tokens(page)).toBeNull();
  await visit.end();
});

test("of two tabs that open with an expired token, one refreshes it and both go on", async () => {
  const client = await product.user();
  const visit = await Visit.asUser(browser, client, { tokenMs: 0 });
  const sofar = refreshes();
  const tabs = await Promise.all([visit.open("/me"), visit.open("/")]);
  for (const tab of tabs) await expect.poll(() => balanceIn(tab)).toBe("100");
  // Two access tokens of the same second are the same.
  const { refreshToken } = client;
  for (const tab of tabs) expect(await tokens(tab)).not.toMatchObject({ refreshToken });
  expect(refreshes() - sofar).toBe(1);
  await visit.end();
});

/** The token that the server would have signed a while ago, for the same session. */
async function tokenThatExpiresIn(ms: number, client: Client): Promise<string> {
  const { sid } = JSON.parse(Buffer.from(client.token?.split(".")[1] as string, "base64url").toString());
  const signedAt = Date.now() - accessTokenMs + ms;
  const tokens = new AccessTokens(product.app.keyring, { now: () => new Date(signedAt) });
  const { token } = await tokens.sign(uuidFromPublicId("user", client.userId) as string, sid);
  return token;
}

test("a token that expires on the server at the same moment for two tabs is refreshed once, and both go on live", async () => {
  const client = await product.user();
  const expiring = await tokenThatExpiresIn(8_000, client);
  client.token = expiring;
  const sofar = refreshes();
  const visit = await Visit.asUser(browser, client);
  const tabs = [await visit.open("/wallet"), await visit.open("/create")];
  for (const tab of tabs) await expect.poll(() => balanceIn(tab)).toBe("100");
  await expect.poll(refreshes).toBe(sofar + 1);
  // The sockets of both tabs are back with the new token: they hear of what another device orders.
  const accessToken = async () => (await tokens(tabs[0] as Page)).accessToken;
  await expect.poll(accessToken).not.toBe(expiring);
  client.token = await accessToken();
  await create(client);
  for (const tab of tabs) await expect.poll(() => balanceIn(tab)).toBe("90");
  for (const tab of tabs) expect(await tokens(tab)).toMatchObject({ accessToken: client.token });
  expect(refreshes()).toBe(sofar + 1);
  await visit.end();
});

test("a session that ended elsewhere says so, and the login leads back", async () => {
  const visit = await Visit.begin(browser, product.url);
  const page = await visit.open();
  await logIn(page, newPhone(), fixedCode);
  const { accessToken } = await tokens(page);
  // The server ends the session while the page only listens.
  await fetch(`${product.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${accessToken}` },
    body: JSON.stringify({ query: "mutation { logoutEverywhere }" }),
  });
  await page.getByRole("link", { name: "Log in" }).first().waitFor();
  await page.getByRole("link", { name: "Log in" }).first().click();
  await page.getByText("You were logged out. Log in and go on where you were.").waitFor();
  expect(await tokens(page)).toBeNull();
  await visit.end();
});

test("the words are Chinese for a Chinese browser, can be switched, and axe finds nothing serious", async () => {
  const visit = await Visit.begin(browser, product.url, { language: "zh", theme: "light", size: "phone" });
  const page = await visit.open();
  await page.getByText("还没有人发布作品").waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("zh-CN");
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole("button", { name: "English" }).click();
  await page.getByText("The first work could be yours.").waitFor();
  await page.reload();
  await page.getByText("The first work could be yours.").waitFor();
  await page.goto(`${product.url}/login`);
  await page.locator("input[type=tel]").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await visit.end();
});
