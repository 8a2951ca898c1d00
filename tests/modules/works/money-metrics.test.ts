import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RemixWorkDocument, StatementDocument } from "../../../src/generated/operations.js";
import type { Client } from "../../support/client.js";
import { freshMetricsOf } from "../../support/metrics.js";
import { publishPaid, reversalsOf, succeed, tip, unlock } from "../../support/paid-works.js";
import { type Product, startProduct } from "../../support/product.js";
import { until } from "../../support/until.js";
import { uuidOf } from "../social/social-fixture.js";

let product: Product;
let author: Client;
let fan: Client;
beforeAll(async () => {
  product = await startProduct({ worker: false });
  [author, fan] = [await product.user(), await product.user()];
});
afterAll(() => product.close());

const names = [
  "tips_total",
  "unlocks_total",
  "remixes_total",
  "reversals_total",
  "coins_pending",
  "incomes_overdue",
];
/** The totals leave out the last second, so they are read until the last payment is counted. */
const expectMetrics = async (...expected: number[]) => {
  let read: (number | undefined)[] = [];
  const isRead = async () => {
    const page = await freshMetricsOf(product);
    read = names.map((name) => page.value(`skyriff_${name}`));
    return JSON.stringify(read) === JSON.stringify(expected);
  };
  await until(`${names} to be ${expected}`, isRead, 30_000).catch(() => {});
  expect(Object.fromEntries(names.map((name, n) => [name, read[n]]))).toEqual(
    Object.fromEntries(names.map((name, n) => [name, expected[n]])),
  );
};

test("the page of metrics has each kind of payment, reversals, frozen coins and overdue incomes", async () => {
  await expectMetrics(0, 0, 0, 0, 0, 0);
  const { id: workId } = await publishPaid(product, author, { promptPriceCredits: 5 });
  await tip(fan, workId, { credits: 10 });
  await tip(fan, workId, { credits: 20 });
  await unlock(fan, workId);
  const { remixWork } = await fan.request(RemixWorkDocument, { input: { workId, prompt: "at night" } });
  await succeed(product, remixWork.task.id);
  // 0.45 and 0.9 for the tips, 0.225 for the prompt, 0.09 for the remix.
  await expectMetrics(2, 1, 1, 0, 1.665, 0);

  const { wallet } = await fan.request(StatementDocument, { first: 10 });
  const twenty = wallet.entries.nodes.find(({ amount }) => amount === "-20");
  await reversalsOf(product).reverseTip(twenty?.id as string, "a test");
  await expectMetrics(2, 1, 1, 1, 0.765, 0);

  const { db, modules } = product.app;
  const { incomes } = modules.wallet;
  const setDue = (type: string, minutes: number) =>
    db.execute(sql`
      update incomes set release_at = now() - ${minutes} * interval '1 minute'
      where type = ${type}::income_type and state = 'PENDING'`);
  await setDue("PROMPT_UNLOCK", 6);
  await setDue("TIP", 4);
  await expectMetrics(2, 1, 1, 1, 0.765, 1);
  await incomes.hold(uuidOf(author));
  await expectMetrics(2, 1, 1, 1, 0.765, 0);
  await incomes.releaseHold(uuidOf(author));
  await incomes.releaseDue();
  await expectMetrics(2, 1, 1, 1, 0.09, 0);
});
