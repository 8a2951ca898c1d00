import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  UnpublishWorkDocument,
  UpdateWorkDocument,
  type UpdateWorkInput,
} from "../../src/generated/operations.js";
import type { Client } from "../support/client.js";
import { publishPaid, walletOf } from "../support/paid-works.js";
import { type Product, startProduct } from "../support/product.js";
import { create, ended } from "../support/tasks.js";
import { launchBrowser, seriousFindings, Visit } from "./browser.js";

let product: Product;
let browser: Browser;
beforeAll(async () => {
  [product, browser] = await Promise.all([
    startProduct({ settings: { TIP_CREDITS_PER_DAY: "60" } }),
    launchBrowser(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
});

const balance = (page: Page) => expect.poll(() => page.locator("header strong").textContent());
const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });
const popover = (page: Page) => page.getByRole("dialog");

async function named(nickname: string): Promise<Client> {
  const client = await product.user();
  await client.request(
    `mutation Rename($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id } } }`,
    { input: { nickname } },
  );
  return client;
}

test("one publishes with prices; another tips, unlocks, remixes and publishes the remix; the first sees it all", async () => {
  const [ana, ben] = [await named("Ana"), await named("Ben")];
  const task = await ended(ana, await create(ana, { prompt: "a lighthouse at dusk" }));

  const anas = await Visit.asUser(browser, ana);
  const page = await anas.open(`/videos/${task.video?.id}`);
  await button(page, "Publish").click();
  await page.getByLabel("Title").fill("The keeper's last evening");
  await page.getByLabel("Price of the prompt").fill("8");
  await page.getByLabel("Fee for each remix").fill("4");
  await popover(page).getByRole("button", { name: "Publish" }).click();
  await page.waitForURL(/\/works\/work_/);
  const address = new URL(page.url()).pathname;
  await page.getByText("What it earned").waitFor();
  expect(await seriousFindings(page)).toEqual([]);

  await button(page, "Share").waitFor();

  const bens = await Visit.asUser(browser, ben, { theme: "light" });
  const other = await bens.open(address);
  await other.getByText("4 credits for Ana, and the video").waitFor();
  // A tip: no amount is chosen before one is, and the price is in the button.
  expect(await button(other, "Choose an amount").getAttribute("aria-disabled")).toBe("true");
  await other.getByText("20", { exact: true }).click();
  await other
    .getByText(
      "Ana gets 0.9000 coins, and the work becomes one of your favorites. 80 credits left afterwards.",
    )
    .waitFor();
  expect(await seriousFindings(other)).toEqual([]);
  await button(other, "Tip 20 credits").click();
  await other.getByText("Thank you. Ana gets 0.9000 coins.").waitFor();
  await balance(other).toBe("80");
  expect(await button(other, /^Favorite/).getAttribute("aria-pressed")).toBe("true");

  // The prompt: not in the page before it is paid for.
  expect(await other.content()).not.toContain("a lighthouse at dusk");
  await button(other, "Unlock for 8 credits").click();
  expect(await popover(other).textContent()).toMatch(/Price8 credits.*You have80.*Left afterwards72/);
  expect(await seriousFindings(other)).toEqual([]);
  await button(other, "Unlock · 8 credits").click();
  await other.getByText("a lighthouse at dusk").waitFor();
  await balance(other).toBe("72");

  // A remix with words of its own.
  await other.getByRole("link", { name: "Remix", exact: true }).click();
  await other.getByText("Remix of").waitFor();
  await other.getByText("10 for the video, 4 for Ana. 58 left afterwards.").waitFor();
  const words = other.getByRole("textbox", { name: "Prompt" });
  await words.fill("in heavy snow [fault:content-policy]");
  expect(await seriousFindings(other)).toEqual([]);
  await button(other, "Make it · 14 credits").click();
  // The fee comes back with the price, and the words are the remix's again.
  await other.getByText("14 credits are back", { exact: true }).waitFor();
  await balance(other).toBe("72");
  await words.fill("");
  await button(other, "Edit and retry").click();
  await expect.poll(() => words.inputValue()).toBe("in heavy snow [fault:content-policy]");
  await words.fill("in heavy snow");
  await button(other, "Make it · 14 credits").click();
  await balance(other).toBe("58");
  await other.getByRole("link", { name: "Video: in heavy snow" }).click();
  await other.getByRole("link", { name: "The keeper's last evening" }).waitFor();
  await button(other, "Publish").click();
  await other.getByLabel("Title").fill("Snow at the light");
  await popover(other).getByRole("button", { name: "Publish" }).click();
  await other.getByRole("heading", { level: 1, name: "Snow at the light" }).waitFor();
  expect(await other.getByRole("link", { name: /The keeper's last evening/ }).textContent()).toContain(
    "The original · by Ana · 30% of the fee",
  );
  expect(await seriousFindings(other)).toEqual([]);

  // The first sees it without a reload.
  await page.getByText(/1 tip$/).waitFor();
  await page.getByRole("heading", { name: "Remixes 1" }).waitFor();
  await page.getByRole("link", { name: "Snow at the light by Ben" }).waitFor();
  await expect
    .poll(() => page.locator("section", { hasText: "What it earned" }).textContent())
    .toMatch(/Tips0\.9000Prompt0\.3600Remixes0\.1800/);
  await page.getByRole("link", { name: "All income" }).click();
  await page.getByText("1.44").waitFor();
  await page.getByText(/^The next 0\.9000 on \w+ \d+ at /).waitFor();
  for (const line of ["Tip from Ben", "Prompt unlocked by Ben", "Remix by Ben"])
    await page.getByText(line).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByText("Free", { exact: true }).click();
  await page.getByText("There is none of this kind.").waitFor();
  await page.getByText("Frozen", { exact: true }).click();
  await page.getByRole("link", { name: /Tip from Ben/ }).click();
  await page.waitForURL(`**${address}`);

  // The statement leads to what was paid for, and the prompt stays in the library.
  await other.goto(`${product.url}/wallet`);
  await other.getByRole("link", { name: /^Fee of a remix in heavy snow ·/ }).waitFor();
  await other.getByRole("link", { name: /^Fee of a remix came back/ }).waitFor();
  await other.getByRole("link", { name: /Tip for Ana/ }).click();
  await other.waitForURL(`**${address}`);
  // The links to its stills die with it.
  const areLoaded = "document.images.length > 0 && [...document.images].every(({ complete }) => complete)";
  await expect.poll(() => other.evaluate(areLoaded)).toBe(true);
  await ana.request(UnpublishWorkDocument, { input: { workId: address.split("/").at(-1) as string } });
  await other.getByText("This work is not here any more.").waitFor();
  await other.goto(`${product.url}/library?tab=prompts`);
  await other.getByText("a lighthouse at dusk").waitFor();
  expect(await seriousFindings(other)).toEqual([]);
  await anas.end();
  await bens.end();
});

/** A work of 5 credits for the prompt and 2 for a remix, and a phone that hears of no changes. */
async function atWork(title: string) {
  const [ana, ben] = [await named("Ana"), await named("Ben")];
  const work = await publishPaid(product, ana, { title, promptPriceCredits: 5, remixFeeCredits: 2 });
  const visit = await Visit.asUser(browser, ben, { language: "zh", theme: "light", size: "phone" });
  await visit.context.routeWebSocket(/graphql/, () => {});
  const page = await visit.open(`/works/${work.id}`);
  await page.getByRole("heading", { level: 1, name: title }).waitFor();
  const change = (input: Partial<UpdateWorkInput>) =>
    ana.request(UpdateWorkDocument, { input: { workId: work.id, ...input } });
  return { ana, ben, work, visit, page, change };
}

test("a price that has changed is said, charges nothing, and is then in the same button", async () => {
  const { ben, visit, page, change } = await atWork("Paper boat");
  await button(page, "用 5 积分解锁").click();
  await change({ promptPriceCredits: 8 });
  await button(page, "解锁 · 5 积分").click();
  await page.getByText("原为 5 积分，现为 8 积分，尚未扣费。").waitFor();
  expect(await walletOf(ben)).toMatchObject({ credits: 100 });
  await button(page, "解锁 · 8 积分").click();
  await page.getByText(/^a cat/).waitFor();

  await Promise.all([
    page.waitForResponse((response) => Boolean(response.request().postData()?.includes("StudioRemixSource"))),
    page.getByRole("link", { name: "二次创作", exact: true }).click(),
  ]);
  await button(page, "开始生成 · 12 积分").waitFor();
  await change({ remixFeeCredits: 6 });
  await button(page, "开始生成 · 12 积分").click();
  await page.getByText("原为 12 积分，现为 16 积分，尚未扣费。").waitFor();
  await button(page, "开始生成 · 16 积分").waitFor();
  await change({ remixable: false });
  await button(page, "开始生成 · 16 积分").click();
  await page.getByRole("link", { name: "不使用它，直接创作" }).click();
  await button(page, "开始生成 · 10 积分").waitFor();
  expect(await walletOf(ben)).toMatchObject({ credits: 92, heldCredits: 0 });
  expect(await seriousFindings(page)).toEqual([]);
  await visit.end();
});

test("a tip whose answer is lost is paid once; one above the day's limit, and one for a work that is gone, are not", async () => {
  const { ana, ben, work, visit, page } = await atWork("Slow bells");
  await page.route("**/graphql", async (route) => {
    if (!route.request().postData()?.includes("tipWork")) return route.continue();
    await route.fetch();
    await route.abort();
  });
  await page.getByText("50", { exact: true }).click();
  await button(page, "打赏 50 积分").click();
  await page.getByText("无法连接服务器，请在网络恢复后重试。").waitFor();
  await page.unroute("**/graphql");
  await button(page, "重试").click();
  await page.getByText("谢谢，Ana 获得 2.2500 币。").waitFor();
  expect(await walletOf(ben)).toMatchObject({ credits: 50 });

  await page.getByText("20", { exact: true }).click();
  await button(page, "打赏 20 积分").click();
  await page.getByText("每天最多打赏 60 积分").waitFor();
  await page.getByText("100", { exact: true }).click();
  expect(await button(page, "打赏 100 积分").getAttribute("title")).toBe("需要 100 积分，现有 50 积分。");
  await ana.request(UnpublishWorkDocument, { input: { workId: work.id } });
  await page.getByText("10", { exact: true }).click();
  await button(page, "打赏 10 积分").click();
  await page.getByText("该作品已不在这里。").waitFor();
  expect(await walletOf(ben)).toMatchObject({ credits: 50 });
  // The browser reports the answer that was lost.
  visit.problems.length = 0;
  await visit.end();
});
