import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  BlockDocument,
  DeleteVideoDocument,
  IncomesDocument,
  RemixWorkDocument,
  type RemixWorkInput,
  RetryTaskDocument,
  StatementDocument,
  TaskDocument,
  UnlockedPromptsDocument,
  UnpublishWorkDocument,
  UpdateWorkDocument,
  type UpdateWorkInput,
  WorkDocument,
  WorkEarningsDocument,
  WorkLineageDocument,
} from "../../../src/generated/operations.js";
import { taskPrefix } from "../../../src/modules/tasks/index.js";
import { setIncomeHold } from "../../../src/modules/wallet/ledger/index.js";
import { RemovalService } from "../../../src/modules/works/index.js";
import { breachesOf } from "../../support/audit.js";
import type { ApiResult, Client } from "../../support/client.js";
import {
  fail,
  makeVideo,
  publishPaid,
  reversalsOf,
  succeed,
  thaw,
  tip,
  unlock,
  walletOf,
} from "../../support/paid-works.js";
import { type Product, startProduct } from "../../support/product.js";
import { until } from "../../support/until.js";
import type { PublishedWork } from "../../support/works.js";
import { bansOf, uuidOf } from "../social/social-fixture.js";

// The rows and columns of the table "twice, raced, with ban, with price change, with block", for everything that moves
// money. No worker runs: videos of remixes come or fail when a test says so.

const ageMinMs = 3_600_000;
const tipsPerDay = 200;

let product: Product;
let author: Client;
let fan: Client;
beforeAll(async () => {
  product = await startProduct({
    worker: false,
    settings: {
      SIGNUP_CREDITS: "1000",
      TIP_MIN_ACCOUNT_AGE_MS: String(ageMinMs),
      TIP_CREDITS_PER_DAY: String(tipsPerDay),
      MAX_CONCURRENT_TASKS: "100",
    },
  });
});
afterAll(() => product.close());

/** A user who may pay. */
async function person(): Promise<Client> {
  const client = await product.user();
  await product.app.db.execute(
    sql`update users set created_at = created_at - ${ageMinMs} * interval '1 millisecond' where id = ${uuidOf(client)}`,
  );
  return client;
}

async function newPeople(): Promise<void> {
  [author, fan] = (await Promise.all([person(), person()])) as [Client, Client];
}

/** Leaves the user this many free credits. */
async function spendAllBut(client: Client, credits: number): Promise<void> {
  await makeVideo(product, client, { costCredits: (await walletOf(client)).credits - credits });
}

/** Every block ends with the whole audit. */
async function expectSound(): Promise<void> {
  await product.app.modules.works.updateCounts();
  expect(await breachesOf(product.app.db)).toEqual([]);
}

const outcome = ({ errors }: ApiResult<unknown>) =>
  errors ? [errors[0]?.extensions.code, errors[0]?.extensions.reason].filter(Boolean).join(" ") : "ok";
const times = <T>(count: number, value: (n: number) => T) =>
  Array.from({ length: count }, (_, n) => value(n));
const tally = (outcomes: string[]) =>
  Object.fromEntries([...Map.groupBy(outcomes, (each) => each)].map(([each, all]) => [each, all.length]));

const remix = (client: Client, workId: string, input: Partial<RemixWorkInput> = {}) =>
  client.execute(RemixWorkDocument, { input: { prompt: "at night", ...input, workId } });
const change = (client: Client, workId: string, input: Omit<UpdateWorkInput, "workId">) =>
  client.request(UpdateWorkDocument, { input: { ...input, workId } });
type Work = PublishedWork & { videoId: string };
const removals = () => new RemovalService(product.app);
/** The ways in which a work can go. */
const goings = {
  unpublish: async ({ id: workId }: Work) =>
    void (await author.request(UnpublishWorkDocument, { input: { workId } })),
  delete: async ({ videoId }: Work) =>
    void (await author.request(DeleteVideoDocument, { input: { videoId } })),
  remove: async ({ id }: Work) => void (await removals().remove(id, "a test")),
};
const waysToGo = Object.keys(goings) as (keyof typeof goings)[];
const ban = (client: Client) => bansOf(product).ban({ userId: uuidOf(client) }, "a test");
const unban = (client: Client) => bansOf(product).unban({ userId: uuidOf(client) });
const block = (client: Client, blocked: Client) =>
  client.request(BlockDocument, { input: { userId: blocked.userId } });
const incomesOf = async (client: Client) =>
  (await client.request(IncomesDocument, { first: 100 })).wallet.incomes.nodes;
const coinsOf = async (client: Client) => (await incomesOf(client)).map(({ coins }) => coins);
const release = () => product.app.modules.wallet.incomes.releaseDue();
const spentBy = async (client: Client, act: () => Promise<unknown>): Promise<number> => {
  const before = await walletOf(client);
  await act();
  const after = await walletOf(client);
  return before.credits + before.heldCredits - after.credits - after.heldCredits;
};
function dataOf<T>({ data, errors }: ApiResult<T>): T {
  if (!data) throw new Error(JSON.stringify(errors));
  return data;
}
const ordered = async (client: Client, workId: string, input: Partial<RemixWorkInput> = {}) =>
  dataOf(await remix(client, workId, input)).remixWork.task;
const taskNow = async (client: Client, id: string) => (await client.request(TaskDocument, { id })).task;
const newestEntries = async (client: Client, first: number) =>
  (await client.request(StatementDocument, { first })).wallet.entries.nodes.map(
    ({ type, amount }) => `${type} ${amount}`,
  );

describe("tipWork", () => {
  let work: Work;
  beforeAll(async () => {
    await newPeople();
    work = await publishPaid(product, author);
  });
  afterAll(expectSound);

  test("twice: with a key the first answer, without one two tips, each whole", async () => {
    const input = { credits: 20, idempotencyKey: "tip-1" };
    const first = dataOf(await tip(fan, work.id, input));
    const charged = await spentBy(fan, async () => {
      const again = await Promise.all(times(5, () => tip(fan, work.id, input)));
      for (const each of again)
        expect(dataOf(each).tipWork).toMatchObject({ costCredits: 20, creatorCoins: "0.9000" });
    });
    expect([first.tipWork.costCredits, charged]).toEqual([20, 0]);
    expect(await spentBy(fan, () => Promise.all(times(2, () => tip(fan, work.id))))).toBe(20);
    expect(await coinsOf(author)).toEqual(["0.4500", "0.4500", "0.9000"]);
    expect(outcome(await tip(fan, work.id, { ...input, credits: 10 }))).toBe("IDEMPOTENCY_KEY_REUSED");
  });

  test("five at once with one new key charge once", async () => {
    const fresh = await person();
    const input = { idempotencyKey: "at-once" };
    expect(
      await spentBy(fresh, async () => {
        const all = await Promise.all(times(5, () => tip(fresh, work.id, input)));
        expect(all.map(outcome)).toEqual(times(5, () => "ok"));
      }),
    ).toBe(10);
  });

  test.each(waysToGo)(
    "raced with %s: NOT_FOUND and nothing charged, or the tip stands and is earned",
    async (way) => {
      for (const _ of times(3, () => null)) {
        const going = await publishPaid(product, author);
        const giver = await person();
        const [result] = await Promise.all([
          tip(giver, going.id, { idempotencyKey: "race" }),
          goings[way](going),
        ]);
        const isPaid = (await incomesOf(author)).some(({ payer }) => payer?.id === giver.userId);
        expect(outcome(result)).toBe(isPaid ? "ok" : "NOT_FOUND");
        expect((await walletOf(giver)).credits).toBe(isPaid ? 990 : 1000);
        expect(outcome(await tip(giver, going.id))).toBe("NOT_FOUND");
      }
    },
  );

  test.each(waysToGo)("a call that is repeated with its key after %s has its first answer", async (way) => {
    const going = await publishPaid(product, author);
    const giver = await person();
    const input = { idempotencyKey: "before" };
    dataOf(await tip(giver, going.id, input));
    await goings[way](going);
    expect(outcome(await tip(giver, going.id, input))).toBe("ok");
    expect((await walletOf(giver)).credits).toBe(990);
  });

  test("creator banned before: NOT_FOUND; after: the income waits until the ban ends", async () => {
    const [creator, giver] = [await person(), await person()];
    const { id } = await publishPaid(product, creator);
    dataOf(await tip(giver, id));
    await ban(creator);
    expect(await spentBy(giver, async () => expect(outcome(await tip(giver, id))).toBe("NOT_FOUND"))).toBe(0);
    await thaw(product);
    await release();
    const stateOf = async () => {
      const rows = await product.app.db.execute<{ state: string }>(
        sql`select state from incomes where user_id = ${uuidOf(creator)}`,
      );
      return rows.map(({ state }) => state);
    };
    expect(await stateOf()).toEqual(["PENDING"]);
    await unban(creator);
    await release();
    expect(await stateOf()).toEqual(["RELEASED"]);
  });

  test("payer banned: their session has ended, and a tip at the same moment is whole or not there", async () => {
    const giver = await person();
    const [result] = await Promise.all([tip(giver, work.id), ban(giver)]);
    expect(["ok", "UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND"]).toContain(outcome(result));
    expect(outcome(await tip(giver, work.id))).toBe("UNAUTHENTICATED");
    await expectSound();
    await unban(giver);
  });

  test("blocked before: NOT_FOUND; after: the tip stands", async () => {
    const [creator, giver] = [await person(), await person()];
    const { id } = await publishPaid(product, creator);
    dataOf(await tip(giver, id));
    await block(creator, giver);
    expect(await spentBy(giver, async () => expect(outcome(await tip(giver, id))).toBe("NOT_FOUND"))).toBe(0);
    expect(await coinsOf(creator)).toEqual(["0.4500"]);
  });

  test("to oneself, and of an amount that is no step: BAD_USER_INPUT", async () => {
    const own = await tip(author, work.id);
    expect(own.errors?.[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "workId" });
    for (const credits of [0, 1, 9, 11, 15, 30, 101, 1000, -10, 2 ** 31 - 1]) {
      const odd = await tip(fan, work.id, { credits });
      expect(odd.errors?.[0]?.extensions, String(credits)).toMatchObject({
        code: "BAD_USER_INPUT",
        field: "credits",
      });
    }
  });

  test("twenty at once against the daily limit are exact, and a reversal gives no room back", async () => {
    const giver = await person();
    const results = await Promise.all(times(20, () => tip(giver, work.id, { credits: 20 })));
    expect(tally(results.map(outcome))).toEqual({ ok: 10, QUOTA_EXCEEDED: 10 });
    expect((await walletOf(giver)).credits).toBe(1000 - tipsPerDay);
    const refused = results.find(({ errors }) => errors)?.errors?.[0]?.extensions;
    const tomorrow = new Date(Math.ceil(Date.now() / 86_400_000) * 86_400_000).toISOString();
    expect(refused).toMatchObject({ limit: tipsPerDay, resetAt: tomorrow });
    const { wallet } = await giver.request(StatementDocument, { first: 1 });
    await reversalsOf(product).reverseTip(wallet.entries.nodes[0]?.id as string, "a test");
    expect(outcome(await tip(giver, work.id))).toBe("QUOTA_EXCEEDED");
  });

  test("refusals come in their order: the work's state, the account's age, the daily limit, the credits", async () => {
    const gone = await publishPaid(product, author);
    await goings.unpublish(gone);
    const giver = await product.user();
    expect(outcome(await tip(giver, gone.id, { credits: 100 }))).toBe("NOT_FOUND");
    const young = (await tip(giver, work.id)).errors?.[0]?.extensions;
    expect(young).toMatchObject({ code: "QUOTA_EXCEEDED", resetAt: expect.any(String) });
    expect(young).not.toHaveProperty("limit");
    const poor = await person();
    for (const credits of [100, 50]) dataOf(await tip(poor, work.id, { credits }));
    await spendAllBut(poor, 20);
    expect(outcome(await tip(poor, gone.id, { credits: 100 }))).toBe("NOT_FOUND");
    expect(outcome(await tip(poor, work.id, { credits: 100 }))).toBe("QUOTA_EXCEEDED");
    const short = await tip(poor, work.id, { credits: 50 });
    expect(short.errors?.[0]?.extensions).toMatchObject({
      code: "INSUFFICIENT_CREDITS",
      required: 50,
      available: 20,
    });
    expect((await walletOf(poor)).credits).toBe(20);
  });
});

describe("unlockPrompt", () => {
  let work: Work;
  const price = 5;
  const openAgain = (id: string) => change(author, id, { promptPriceCredits: price });
  beforeAll(async () => {
    await newPeople();
    work = await publishPaid(product, author, { prompt: "the secret of cats", promptPriceCredits: price });
  });
  afterAll(expectSound);

  test("twice: the second costs 0; twenty at once charge once", async () => {
    const buyer = await person();
    const results = await Promise.all(times(20, () => unlock(buyer, work.id)));
    const costs = results.map((each) => dataOf(each).unlockPrompt.costCredits);
    expect(costs.toSorted((a, b) => a - b)).toEqual([...Array(19).fill(0), price]);
    for (const each of results) expect(dataOf(each).unlockPrompt.prompt.text).toBe("the secret of cats");
    expect((await walletOf(buyer)).credits).toBe(1000 - price);
    expect(dataOf(await unlock(buyer, work.id)).unlockPrompt.costCredits).toBe(0);
    expect(await coinsOf(author)).toEqual(["0.2250"]);
  });

  test.each(waysToGo)("raced with %s: NOT_FOUND and nothing charged, or it stays readable", async (way) => {
    for (const _ of times(3, () => null)) {
      const going = await publishPaid(product, author, { prompt: "a dog", promptPriceCredits: price });
      const buyer = await person();
      const [result] = await Promise.all([unlock(buyer, going.id), goings[way](going)]);
      const { credits } = await walletOf(buyer);
      const { nodes } = (await buyer.request(UnlockedPromptsDocument, {})).unlockedPrompts;
      expect(outcome(result)).toBe(credits === 1000 ? "NOT_FOUND" : "ok");
      expect(nodes.map(({ text }) => text)).toEqual(credits === 1000 ? [] : ["a dog"]);
      const late = await person();
      expect(outcome(await unlock(late, going.id))).toBe("NOT_FOUND");
      expect((await walletOf(late)).credits).toBe(1000);
    }
  });

  test("creator banned before: NOT_FOUND; blocked before: NOT_FOUND; after: keeps what was paid", async () => {
    const [creator, buyer, other] = [await person(), await person(), await person()];
    const { id } = await publishPaid(product, creator, { prompt: "a cow", promptPriceCredits: price });
    dataOf(await unlock(buyer, id));
    await block(creator, buyer);
    await block(creator, other);
    expect(outcome(await unlock(other, id))).toBe("NOT_FOUND");
    await ban(creator);
    expect(outcome(await unlock(await person(), id))).toBe("NOT_FOUND");
    const { unlockedPrompts } = await buyer.request(UnlockedPromptsDocument, {});
    expect(unlockedPrompts.nodes).toMatchObject([{ text: "a cow", costCredits: price, work: null }]);
    expect((await walletOf(other)).credits).toBe(1000);
    await unban(creator);
  });

  test("the price is read under the lock: above maxCostCredits it is CONFLICT, and nothing is charged", async () => {
    const changing = await publishPaid(product, author, { promptPriceCredits: price });
    for (let n = 0; n < 5; n++) {
      await openAgain(changing.id);
      const buyer = await person();
      const [result] = await Promise.all([
        unlock(buyer, changing.id, { maxCostCredits: price }),
        change(author, changing.id, { promptPriceCredits: 80 }),
      ]);
      const paid = 1000 - (await walletOf(buyer)).credits;
      expect([outcome(result), paid]).toEqual(paid ? ["ok", price] : ["CONFLICT PRICE_CHANGED", 0]);
    }
    const late = await person();
    expect(outcome(await unlock(late, changing.id, { maxCostCredits: 79 }))).toBe("CONFLICT PRICE_CHANGED");
    expect(dataOf(await unlock(late, changing.id, { maxCostCredits: 80 })).unlockPrompt.costCredits).toBe(80);
  });

  test("repeated with its key after the price has changed, it has its first answer", async () => {
    const changing = await publishPaid(product, author, { promptPriceCredits: price });
    const buyer = await person();
    const input = { idempotencyKey: "unlock", maxCostCredits: price };
    expect(dataOf(await unlock(buyer, changing.id, input)).unlockPrompt.costCredits).toBe(price);
    await change(author, changing.id, { promptPriceCredits: 90 });
    expect(dataOf(await unlock(buyer, changing.id, input)).unlockPrompt.costCredits).toBe(price);
    expect(outcome(await unlock(buyer, changing.id, { ...input, maxCostCredits: 90 }))).toBe(
      "IDEMPOTENCY_KEY_REUSED",
    );
    expect((await walletOf(buyer)).credits).toBe(1000 - price);
  });

  test("an open prompt and the author's own cost 0 and write nothing; with a price it is locked again", async () => {
    const open = await publishPaid(product, author, { promptPriceCredits: 0 });
    const buyer = await person();
    expect(dataOf(await unlock(buyer, open.id)).unlockPrompt).toMatchObject({
      costCredits: 0,
      prompt: { state: "OPEN" },
    });
    await openAgain(open.id);
    expect((await buyer.request(WorkDocument, { id: open.id })).work?.prompt).toMatchObject({
      state: "LOCKED",
      text: null,
    });
    expect(dataOf(await unlock(author, open.id)).unlockPrompt).toMatchObject({
      costCredits: 0,
      prompt: { state: "OWN" },
    });
    expect((await buyer.request(UnlockedPromptsDocument, {})).unlockedPrompts.nodes).toEqual([]);
  });

  test("refusals come in their order: state, price, age, credits", async () => {
    const dear = await publishPaid(product, author, { promptPriceCredits: 100 });
    const young = await product.user();
    expect(outcome(await unlock(young, dear.id, { maxCostCredits: 99 }))).toBe("CONFLICT PRICE_CHANGED");
    expect(outcome(await unlock(young, dear.id))).toBe("QUOTA_EXCEEDED");
    const poor = await person();
    await spendAllBut(poor, 99);
    expect(outcome(await unlock(poor, dear.id, { maxCostCredits: 99 }))).toBe("CONFLICT PRICE_CHANGED");
    expect(outcome(await unlock(poor, dear.id))).toBe("INSUFFICIENT_CREDITS");
    await goings.unpublish(dear);
    expect(outcome(await unlock(poor, dear.id, { maxCostCredits: 99 }))).toBe("NOT_FOUND");
  });
});

describe("remixWork", () => {
  let work: Work;
  const cost = 10;
  const fee = 2;
  beforeAll(async () => {
    await newPeople();
    work = await publishPaid(product, author);
  });
  afterAll(expectSound);

  test("twice: with a key the same task, at once and after its fee has changed", async () => {
    const changing = await publishPaid(product, author);
    const input = { idempotencyKey: "remix", maxCostCredits: cost + fee };
    const tasks = await Promise.all(times(5, () => ordered(fan, changing.id, input)));
    await change(author, changing.id, { remixFeeCredits: 50 });
    const again = await ordered(fan, changing.id, input);
    expect(new Set([...tasks, again].map(({ id }) => id)).size).toBe(1);
    await goings.unpublish(changing);
    expect((await ordered(fan, changing.id, input)).id).toBe(again.id);
    expect(await walletOf(fan)).toMatchObject({ credits: 1000 - cost - fee, heldCredits: cost + fee });
    expect(outcome(await remix(fan, changing.id, { ...input, prompt: "by day" }))).toBe(
      "IDEMPOTENCY_KEY_REUSED",
    );
    await fail(product, again.id);
  });

  test.each(waysToGo)("raced with %s: refused and nothing held, or the video is made", async (way) => {
    const before = await walletOf(author);
    let paid = 0;
    for (const _ of times(3, () => null)) {
      const going = await publishPaid(product, author);
      const maker = await person();
      const [result] = await Promise.all([remix(maker, going.id), goings[way](going)]);
      const { credits, heldCredits } = await walletOf(maker);
      expect(outcome(result)).toBe(heldCredits === 0 ? "NOT_FOUND" : "ok");
      expect([credits, heldCredits]).toEqual(result.data ? [1000 - cost - fee, cost + fee] : [1000, 0]);
      expect(outcome(await remix(maker, going.id))).toBe("NOT_FOUND");
      if (!result.data) continue;
      await succeed(product, result.data.remixWork.task.id);
      // The level of a removed work is passed over, and there is no other.
      expect((await walletOf(maker)).credits).toBe(1000 - cost - (way === "remove" ? 0 : fee));
      if (way !== "remove") paid++;
    }
    // The videos of the author's works cost credits, their coins are what remixes paid.
    const after = await walletOf(author);
    expect(Math.round((Number(after.pendingCoins) - Number(before.pendingCoins)) * 10_000)).toBe(paid * 900);
  });

  test("a work that is not remixable is CONFLICT, before its price is looked at", async () => {
    const closed = await publishPaid(product, author, { remixable: false });
    expect(outcome(await remix(fan, closed.id, { maxCostCredits: 1 }))).toBe("CONFLICT NOT_REMIXABLE");
  });

  test("the fee of the order's moment stands; above maxCostCredits the order is CONFLICT", async () => {
    const changing = await publishPaid(product, author);
    const maker = await person();
    const task = await ordered(maker, changing.id);
    await change(author, changing.id, { remixFeeCredits: 50 });
    const late = await remix(maker, changing.id, { maxCostCredits: cost + fee });
    expect(outcome(late)).toBe("CONFLICT PRICE_CHANGED");
    await succeed(product, task.id);
    expect((await walletOf(maker)).credits).toBe(1000 - cost - fee);
    expect((await incomesOf(author))[0]).toMatchObject({ coins: "0.0900", paidCredits: fee });
  });

  test("blocked before: NOT_FOUND; after: the fee is paid", async () => {
    const [creator, maker] = [await person(), await person()];
    const { id } = await publishPaid(product, creator);
    const task = await ordered(maker, id);
    await block(creator, maker);
    expect(outcome(await remix(maker, id))).toBe("NOT_FOUND");
    await succeed(product, task.id);
    expect(await coinsOf(creator)).toEqual(["0.0900"]);
  });

  test("author banned meanwhile: no receiver is left, the fee comes back, and the task is not refunded", async () => {
    const [creator, maker] = [await person(), await person()];
    const { id } = await publishPaid(product, creator);
    const task = await ordered(maker, id);
    await ban(creator);
    await succeed(product, task.id);
    expect((await walletOf(maker)).credits).toBe(1000 - cost);
    expect(await taskNow(maker, task.id)).toMatchObject({ status: "SUCCESS", refunded: false });
    expect(await newestEntries(maker, 2)).toContain(`REMIX_REFUND ${fee}`);
    const row = await product.app.db.execute<{ fee: number }>(
      sql`select remix_fee_credits as fee from tasks where id = ${taskPrefix.toUuid(task.id)}`,
    );
    expect(row[0]?.fee).toBe(fee);
    await unban(creator);
  });

  test("by the work's own author costs no fee, and maxCostCredits is compared with the price alone", async () => {
    const task = await ordered(author, work.id, { maxCostCredits: cost });
    expect(task).toMatchObject({ remixFeeCredits: 0, costCredits: cost });
    await succeed(product, task.id);
    expect((await incomesOf(author)).filter(({ work: of }) => of?.id === work.id)).toEqual([]);
  });

  test("failure gives price and fee back", async () => {
    const maker = await person();
    const task = await ordered(maker, work.id);
    expect(await walletOf(maker)).toMatchObject({ credits: 1000 - cost - fee, heldCredits: cost + fee });
    await fail(product, task.id);
    expect(await walletOf(maker)).toMatchObject({ credits: 1000, heldCredits: 0 });
    expect(await taskNow(maker, task.id)).toMatchObject({ status: "FAILURE", refunded: true });
    expect((await newestEntries(maker, 2)).toSorted()).toEqual(["GEN_REFUND 10", "REMIX_REFUND 2"]);
  });

  test("retryTask holds today's fee anew, and is CONFLICT if the work is no longer remixable", async () => {
    const changing = await publishPaid(product, author);
    const maker = await person();
    const { id: taskId } = await ordered(maker, changing.id);
    await fail(product, taskId);
    await change(author, changing.id, { remixFeeCredits: 7 });
    const { retryTask } = await maker.request(RetryTaskDocument, { input: { taskId } });
    expect(await walletOf(maker)).toMatchObject({ credits: 1000 - cost - 7, heldCredits: cost + 7 });
    expect(retryTask.task.prompt).toBe("at night");
    await fail(product, retryTask.task.id);
    const retry = () => maker.execute(RetryTaskDocument, { input: { taskId } });
    await change(author, changing.id, { remixable: false });
    expect(outcome(await retry())).toBe("CONFLICT NOT_REMIXABLE");
    await change(author, changing.id, { remixable: true });
    await goings.unpublish(changing);
    expect(outcome(await retry())).toBe("CONFLICT NOT_REMIXABLE");
    expect(await walletOf(maker)).toMatchObject({ credits: 1000, heldCredits: 0 });
  });

  test("refusals come in their order: state, price, age, credits; without a fee a young account may remix", async () => {
    const young = await product.user();
    expect(outcome(await remix(young, work.id, { maxCostCredits: cost }))).toBe("CONFLICT PRICE_CHANGED");
    expect(outcome(await remix(young, work.id))).toBe("QUOTA_EXCEEDED");
    const free = await publishPaid(product, author, { remixFeeCredits: 0 });
    expect(await ordered(young, free.id)).toMatchObject({ remixFeeCredits: 0 });
    const poor = await person();
    await spendAllBut(poor, cost + fee - 1);
    const short = await remix(poor, work.id);
    expect(short.errors?.[0]?.extensions).toMatchObject({
      ...{ code: "INSUFFICIENT_CREDITS", required: cost + fee, available: cost + fee - 1 },
    });
    expect(await walletOf(poor)).toMatchObject({ credits: cost + fee - 1, heldCredits: 0 });
  });
});

describe("settle of a remix", () => {
  let people: Client[];
  let chain: Work[];
  let maker: Client;
  beforeAll(async () => {
    await newPeople();
    people = await Promise.all(times(7, person));
    chain = [];
    for (const each of people)
      chain.push(await publishPaid(product, each, { ...(chain.length && { remixOf: chain.at(-1)?.id }) }));
    maker = await person();
  });
  afterAll(expectSound);

  /** The shares of a remix of the nth work, in units of 1/10000 coin, by receiver. */
  async function sharesOf(
    nth: number,
    by = maker,
    meanwhile?: () => Promise<unknown>,
  ): Promise<Record<number, number>> {
    const { id } = await ordered(by, chain[nth]?.id as string);
    await meanwhile?.();
    await succeed(product, id);
    const rows = await product.app.db.execute<{ user_id: string; units: number; level: number }>(sql`
      select user_id, units::int as units, level from incomes where payment_key = ${`remix-end:${taskPrefix.toUuid(id)}`}`);
    return Object.fromEntries(
      rows.map(({ user_id, units }) => [people.findIndex((each) => uuidOf(each) === user_id), units]),
    );
  }

  test.each([
    [1, { 0: 900 }],
    [2, { 1: 630, 0: 270 }],
    [3, { 2: 630, 1: 189, 0: 81 }],
    [4, { 3: 630, 2: 189, 1: 57, 0: 24 }],
    [5, { 4: 630, 3: 189, 2: 57, 1: 17, 0: 7 }],
    [6, { 5: 630, 4: 189, 3: 57, 2: 17, 0: 7 }],
    [7, { 6: 630, 5: 189, 4: 57, 3: 17, 0: 7 }],
  ])("%i levels divide 900 units; beyond five the four nearest and the original", async (levels, shares) => {
    expect(await sharesOf(levels - 1)).toEqual(shares);
  });

  test("the lineage says the same shares", async () => {
    const { work } = await maker.request(WorkLineageDocument, { id: chain[4]?.id as string });
    expect(work?.lineage.map(({ level, shareBasisPoints }) => [level, shareBasisPoints])).toEqual([
      [1, 2100],
      [2, 630],
      [3, 189],
      [4, 81],
    ]);
    const { work: last } = await maker.request(WorkLineageDocument, { id: chain[6]?.id as string });
    expect(last?.lineage.map(({ level }) => level)).toEqual([1, 2, 3, 4, 6]);
  });

  test("levels of the remixer, of suspended authors and of removed works are passed over", async () => {
    const [original, second, third] = people as [Client, Client, Client];
    expect(await sharesOf(2, second)).toEqual({ 2: 630, 0: 270 });
    expect(await sharesOf(2, maker, () => ban(third))).toEqual({ 1: 630, 0: 270 });
    await unban(third);
    expect(await sharesOf(2, maker, () => ban(original))).toEqual({ 2: 630, 1: 270 });
    await unban(original);
    expect(await sharesOf(2, maker, () => removals().remove(chain[1]?.id as string, "a test"))).toEqual({
      2: 630,
      0: 270,
    });
    await removals().restore(chain[1]?.id as string);
    expect(await sharesOf(2)).toEqual({ 2: 630, 1: 189, 0: 81 });
  });

  test("one author on several levels has an income for each", async () => {
    const [a, b] = [await person(), await person()];
    const first = await publishPaid(product, a);
    const second = await publishPaid(product, b, { remixOf: first.id });
    const third = await publishPaid(product, a, { remixOf: second.id, remixFeeCredits: 3 });
    await succeed(product, (await ordered(maker, third.id)).id);
    // 1350 units: 945, 284 (405 - floor(121.5)), 121.
    expect((await coinsOf(a)).toSorted()).toEqual(["0.0121", "0.0945"]);
    expect(await coinsOf(b)).toEqual(["0.0284"]);
    expect(await walletOf(a)).toMatchObject({ pendingCoins: "0.1066" });
    const { work } = await a.request(WorkEarningsDocument, { id: first.id });
    expect(work?.earnings).toEqual({ tips: "0.0000", promptUnlocks: "0.0000", remixes: "0.0121" });
  });

  test("many at once, in each other's chains, pay each exactly", async () => {
    const orders = await Promise.all(
      times(14, async (n) => {
        const by = people[3 + ((n * 3) % 4)] as Client;
        return (await ordered(by, chain[n % 7]?.id as string)).id;
      }),
    );
    await Promise.all(orders.map((id) => succeed(product, id)));
    await expectSound();
  });
});

describe("release job", () => {
  beforeAll(newPeople);
  afterAll(expectSound);

  test("nothing is released before its time, and two at once release each income once", async () => {
    const work = await publishPaid(product, author);
    await thaw(product);
    await release();
    for (const _ of times(4, () => null)) dataOf(await tip(fan, work.id));
    expect(await release()).toBe(0);
    expect(await walletOf(author)).toMatchObject({ coins: "0.0000", pendingCoins: "1.8000" });
    await thaw(product);
    const released = await Promise.all(times(4, release));
    expect(released.reduce((sum, each) => sum + each)).toBeLessThanOrEqual(4);
    await release();
    expect(await walletOf(author)).toMatchObject({ coins: "1.8000", pendingCoins: "0.0000" });
    const coins = `{ wallet { entries(first: 9, asset: COIN) { nodes { type amount } } } }`;
    const { wallet } = await author.request<{ wallet: { entries: { nodes: unknown[] } } }, object>(coins, {});
    expect(wallet.entries.nodes).toEqual(times(4, () => ({ type: "INCOME_RELEASE", amount: "0.4500" })));
  });

  test("a held income stays frozen, later ones too, until the hold ends", async () => {
    const { incomes } = product.app.modules.wallet;
    const [creator, giver] = [await person(), await person()];
    const { id } = await publishPaid(product, creator);
    dataOf(await tip(giver, id));
    expect([await incomes.hold(uuidOf(creator)), await incomes.hold(uuidOf(creator))]).toEqual([true, false]);
    dataOf(await tip(giver, id));
    await thaw(product);
    expect(await release()).toBe(0);
    expect([await incomes.releaseHold(uuidOf(creator)), await incomes.releaseHold(uuidOf(creator))]).toEqual([
      true,
      false,
    ]);
    expect(await release()).toBe(2);
    expect(await walletOf(creator)).toMatchObject({ coins: "0.9000", pendingCoins: "0.0000" });
  });

  test("a hold that is set while a release waits for the wallet keeps the income frozen", async () => {
    const { incomes } = product.app.modules.wallet;
    const [creator, giver] = [await person(), await person()];
    dataOf(await tip(giver, (await publishPaid(product, creator)).id));
    await thaw(product);
    const { releasing } = await product.testDb.database.db.transaction(async (tx) => {
      await setIncomeHold(tx, uuidOf(creator), true);
      const releasing = release();
      await until("the release to wait for the wallet", async () => {
        const [row] = await product.app.db.execute<{ waiting: number }>(sql`
          select count(*)::int as waiting from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`);
        return row?.waiting === 1;
      });
      return { releasing };
    });
    expect(await releasing).toBe(0);
    expect(await walletOf(creator)).toMatchObject({ coins: "0.0000", pendingCoins: "0.4500" });
    await incomes.releaseHold(uuidOf(creator));
    expect(await release()).toBe(1);
  });

  test("a work that is gone changes nothing for income already earned", async () => {
    const going = await publishPaid(product, author);
    const giver = await person();
    const before = await walletOf(author);
    dataOf(await tip(giver, going.id));
    await goings.delete(going);
    await thaw(product);
    await release();
    expect(Number((await walletOf(author)).coins) - Number(before.coins)).toBeCloseTo(0.45, 6);
  });
});

describe("reverse", () => {
  let work: Work;
  beforeAll(async () => {
    await newPeople();
    work = await publishPaid(product, author, { prompt: "a fox", promptPriceCredits: 5 });
  });
  afterAll(expectSound);

  const newestIncome = async () => (await incomesOf(author))[0];

  test("a pending tip: credits come back, its income is taken back, it counts no more, the favorite stays", async () => {
    dataOf(await tip(fan, work.id, { credits: 50 }));
    const id = (await newestIncome())?.id as string;
    const both = await Promise.all(times(3, () => reversalsOf(product).reverseTip(id, "a test")));
    expect(both.map(({ isNew }) => isNew).toSorted()).toEqual([false, false, true]);
    const stands = { credits: 50, reversedUnits: 22_500, lostUnits: 0, reason: "a test" };
    for (const each of both) expect(each).toMatchObject({ ...stands, reversedAt: both[0]?.reversedAt });
    expect(await walletOf(fan)).toMatchObject({ credits: 1000 });
    expect(await walletOf(author)).toMatchObject({ pendingCoins: "0.0000", coins: "0.0000" });
    expect(await newestIncome()).toMatchObject({ state: "REVERSED" });
    expect(await newestEntries(fan, 2)).toEqual(["TIP_REFUND 50", "TIP_SPEND -50"]);
    const { work: seen } = await fan.request(WorkDocument, { id: work.id });
    expect(seen).toMatchObject({ tipCount: 0, viewerFavorited: true, favoriteCount: 1 });
    await expectSound();
  });

  test("a released tip: the creator keeps the coins, the platform bears the loss", async () => {
    dataOf(await tip(fan, work.id));
    await thaw(product);
    await release();
    const reversal = await reversalsOf(product).reverseTip((await newestIncome())?.id as string, "a test");
    expect(reversal).toMatchObject({ credits: 10, reversedUnits: 0, lostUnits: 4500 });
    expect(await walletOf(author)).toMatchObject({ coins: "0.4500", pendingCoins: "0.0000" });
    expect(await walletOf(fan)).toMatchObject({ credits: 1000 });
    expect(await newestIncome()).toMatchObject({ state: "RELEASED" });
    await expectSound();
  });

  test("an unlock: the text is locked again and can be bought again", async () => {
    const buyer = await person();
    for (const round of [1, 2]) {
      expect(dataOf(await unlock(buyer, work.id)).unlockPrompt.costCredits, `round ${round}`).toBe(5);
      expect(await reversalsOf(product).reverseUnlock(work.id, uuidOf(buyer), "a test")).toMatchObject({
        credits: 5,
      });
      expect(await reversalsOf(product).reverseUnlock(work.id, uuidOf(buyer), "again")).toMatchObject({
        ...{ isNew: false, reason: "a test", credits: 5 },
      });
      expect((await buyer.request(WorkDocument, { id: work.id })).work?.prompt).toMatchObject({
        state: "LOCKED",
        text: null,
      });
      expect((await buyer.request(UnlockedPromptsDocument, {})).unlockedPrompts.nodes).toEqual([]);
      expect((await walletOf(buyer)).credits).toBe(1000);
    }
  });

  test("a remix: every level's income, once; a fee that was given back cannot be reversed", async () => {
    const [second, maker] = [await person(), await person()];
    const above = await publishPaid(product, second, { remixOf: work.id });
    const { id } = await ordered(maker, above.id);
    await expect(reversalsOf(product).reverseRemix(id, "a test")).rejects.toThrow(/not paid/);
    await succeed(product, id);
    expect(await reversalsOf(product).reverseRemix(id, "a test")).toMatchObject({
      credits: 2,
      reversedUnits: 900,
    });
    expect(await reversalsOf(product).reverseRemix(id, "a test")).toMatchObject({ isNew: false });
    expect(await walletOf(second)).toMatchObject({ pendingCoins: "0.0000" });
    expect((await walletOf(maker)).credits).toBe(990);
    expect(await newestEntries(maker, 1)).toEqual(["REMIX_REFUND 2"]);
    const { id: failed } = await ordered(maker, above.id);
    await fail(product, failed);
    await expect(reversalsOf(product).reverseRemix(failed, "a test")).rejects.toThrow(/not paid/);
  });

  test("raced with the release job: each income is taken back or lost, whole", async () => {
    for (const _ of times(4, () => null)) {
      const giver = await person();
      dataOf(await tip(giver, work.id));
      const { id, state } = (await newestIncome()) as { id: string; state: string };
      expect(state).toBe("PENDING");
      await thaw(product);
      const [reversal] = await Promise.all([
        reversalsOf(product).reverseTip(id, "a test"),
        release(),
        release(),
      ]);
      const now = await newestIncome();
      expect([reversal?.reversedUnits, reversal?.lostUnits]).toEqual(
        now?.state === "REVERSED" ? [4500, 0] : [0, 4500],
      );
      expect((await walletOf(giver)).credits).toBe(1000);
    }
  });

  test("raced with the payer's ban and its end: counts are exact", async () => {
    for (const _ of times(3, () => null)) {
      const giver = await person();
      dataOf(await tip(giver, work.id));
      const id = (await newestIncome())?.id as string;
      await Promise.all([reversalsOf(product).reverseTip(id, "a test"), ban(giver)]);
      await expectSound();
      await unban(giver);
      await expectSound();
    }
  });
});
