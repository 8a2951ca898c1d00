import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  IncomesDocument,
  RemixWorkDocument,
  StatementDocument,
  TipWorkDocument,
  UnlockedPromptsDocument,
  UnlockPromptDocument,
  UnpublishWorkDocument,
  WalletChangedDocument,
  WalletDocument,
  WorkDocument,
  WorkEarningsDocument,
  WorkLineageDocument,
} from "../../../src/generated/operations.js";
import { ledgerBreachesOf } from "../../support/audit.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { ended } from "../../support/tasks.js";
import { publish } from "../../support/works.js";

let product: Product;
let author: Client;
let fan: Client;
beforeAll(async () => {
  product = await startProduct({ settings: { SIGNUP_CREDITS: "1000" } });
  author = await product.user();
  fan = await product.user();
});
afterAll(async () => {
  expect(await ledgerBreachesOf(product.app.db)).toEqual([]);
  await product.close();
});

const incomesOf = async (client: Client) => (await client.request(IncomesDocument, {})).wallet.incomes.nodes;
const walletOf = async (client: Client) => (await client.request(WalletDocument)).wallet;

describe("a tip", () => {
  test("pays the author 90 % in frozen coins, makes a favorite and counts", async () => {
    const work = await publish(product, author);
    const before = await walletOf(fan);
    const { tipWork } = await fan.request(TipWorkDocument, { input: { workId: work.id, credits: 20 } });
    expect(tipWork).toMatchObject({
      costCredits: 20,
      creatorCoins: "0.9000",
      work: { tipCount: 1, favoriteCount: 1, viewerFavorited: true },
      wallet: { credits: before.credits - 20, heldCredits: before.heldCredits },
    });
    expect(await walletOf(author)).toMatchObject({ coins: "0.0000", pendingCoins: "0.9000" });
    const [income] = await incomesOf(author);
    expect(income).toMatchObject({
      ...{ type: "TIP", state: "PENDING", coins: "0.9000", paidCredits: 20, level: 0 },
      payer: { id: fan.userId },
      work: { id: work.id },
    });
    const { wallet } = await fan.request(StatementDocument, { first: 1 });
    expect(wallet.entries.nodes).toMatchObject([
      { type: "TIP_SPEND", amount: "-20", subject: { id: work.id } },
    ]);
    const earned = await author.request(WorkEarningsDocument, { id: work.id });
    expect(earned.work?.earnings).toEqual({ tips: "0.9000", promptUnlocks: "0.0000", remixes: "0.0000" });
    expect((await fan.request(WorkEarningsDocument, { id: work.id })).work?.earnings).toBeNull();
  });
});

test("a tip and a paid prompt tell the author's wallet of the pending coins at once", async () => {
  const creator = await product.user();
  const work = await publish(product, creator, { promptPriceCredits: 5 });
  const wallets = creator.subscribe(WalletChangedDocument, {});
  const pendingCoins = async () => (await wallets.next()).value?.data?.walletChanged.pendingCoins;
  expect(await pendingCoins()).toBe("0.0000");
  await fan.request(TipWorkDocument, { input: { workId: work.id, credits: 10 } });
  expect(await pendingCoins()).toBe("0.4500");
  await fan.request(UnlockPromptDocument, { input: { workId: work.id } });
  expect(await pendingCoins()).toBe("0.6750");
  await wallets.return?.();
});

describe("a paid prompt", () => {
  test("is charged once, and stays readable after the work is taken out", async () => {
    const work = await publish(product, author, { promptPriceCredits: 5 });
    const locked = await fan.request(WorkDocument, { id: work.id });
    expect(locked.work?.prompt).toMatchObject({ state: "LOCKED", text: null });
    const input = { workId: work.id };
    const first = await fan.request(UnlockPromptDocument, { input });
    expect(first.unlockPrompt).toMatchObject({ costCredits: 5, prompt: { state: "UNLOCKED" } });
    expect(first.unlockPrompt.prompt.text).toBeTruthy();
    expect((await fan.request(UnlockPromptDocument, { input })).unlockPrompt.costCredits).toBe(0);
    await author.request(UnpublishWorkDocument, { input });
    const { unlockedPrompts } = await fan.request(UnlockedPromptsDocument, { first: 1 });
    expect(unlockedPrompts.nodes).toMatchObject([
      { costCredits: 5, text: first.unlockPrompt.prompt.text, work: null },
    ]);
  });
});

describe("a remix", () => {
  test("pays every level when its video is there", async () => {
    const second = await product.user();
    const third = await product.user();
    const original = await publish(product, author);
    const remixed = async (client: Client, workId: string) => {
      const { remixWork } = await client.request(RemixWorkDocument, {
        input: { workId, prompt: "at night" },
      });
      expect(remixWork.task).toMatchObject({
        remixFeeCredits: 2,
        remixOf: { id: workId },
        prompt: "at night",
      });
      const task = await ended(client, remixWork.task.id);
      expect(task.status).toBe("SUCCESS");
      return task.video?.id as string;
    };
    const remix = await publish(product, second, { videoId: await remixed(second, original.id) });
    await remixed(third, remix.id);
    expect((await incomesOf(second))[0]).toMatchObject({ type: "REMIX", coins: "0.0630", level: 0 });
    expect((await incomesOf(author))[0]).toMatchObject({
      type: "REMIX",
      coins: "0.0270",
      level: 1,
      work: { id: remix.id },
    });
    const { work } = await third.request(WorkLineageDocument, { id: remix.id });
    expect(work?.lineage).toMatchObject([
      { level: 1, shareBasisPoints: 3000, author: { id: author.userId }, work: { id: original.id } },
    ]);
    expect((await fan.request(WorkDocument, { id: original.id })).work?.remixCount).toBe(1);
  });
});

test("released incomes are free coins, once", async () => {
  await product.app.db.execute(
    sql`update incomes set release_at = now() - interval '1 second', created_at = created_at`,
  );
  const pending = (await incomesOf(author)).filter(({ state }) => state === "PENDING").length;
  const released = await Promise.all([1, 2].map(() => product.app.modules.wallet.incomes.releaseDue()));
  expect(released.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(pending);
  expect(await walletOf(author)).toMatchObject({ pendingCoins: "0.0000" });
});
