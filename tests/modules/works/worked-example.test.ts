import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drawTable } from "../../../src/cli/demo/table.js";
import {
  RemixWorkDocument,
  TipWorkDocument,
  UnlockPromptDocument,
} from "../../../src/generated/operations.js";
import { entryPrefix } from "../../../src/modules/wallet/index.js";
import { tips } from "../../../src/modules/works/payments/payments.tables.js";
import { uuidFromPublicId } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import { publishPaid, reversalsOf, succeed, thaw } from "../../support/paid-works.js";
import { type Product, startProduct } from "../../support/product.js";

const header = `# A worked example of payments to creators

The transfers of a real run, in their order. The test [worked-example](../tests/modules/works/worked-example.test.ts)
runs it and compares this page. Amounts of coins are units of 1/10000 coin; [the ledger](ledger.md) says what the accounts and
types are.
`;

let product: Product;
beforeAll(async () => {
  product = await startProduct({ worker: false });
});
afterAll(() => product.close());

type Line = Record<"key" | "type" | "asset" | "amount" | "from" | "to" | "debtor" | "creditor", string> & {
  debtor_has: string | null;
  creditor_has: string | null;
};

/** The transfers since the last call, in the order of their writing: ids are in order, but those of releases are random. */
function newLines(): () => Promise<Line[]> {
  const printed = new Set<string>();
  return async () => {
    const rows = await product.app.db.execute<Line>(sql`
      select key, type::text, asset::text, amount::text, debit_account::text as from, credit_account::text as to,
        debit_user_id as debtor, credit_user_id as creditor, debit_balance_after::text as debtor_has,
        credit_balance_after::text as creditor_has
      from ledger_transfers 
      order by created_at, case when type <> 'INCOME_RELEASE' then id end, debit_user_id, debit_sequence`);
    const fresh = rows.filter(({ key }) => !printed.has(key));
    for (const { key } of fresh) printed.add(key);
    return fresh;
  };
}

test("docs/ledger-example.md has the transfers of a tip, a prompt, a remix of a remix, a reversal and a release", async () => {
  const [ana, ben, cleo] = [await product.user(), await product.user(), await product.user()];
  const names = new Map(
    Object.entries({ Ana: ana, Ben: ben, Cleo: cleo }).map(([name, { userId }]) => [
      uuidFromPublicId("user", userId) as string,
      name,
    ]),
  );
  const original = await publishPaid(product, ana, {
    title: "A cat",
    promptPriceCredits: 5,
    remixFeeCredits: 10,
  });
  const remix = await publishPaid(product, ben, {
    title: "In the rain",
    remixOf: original.id,
    remixFeeCredits: 7,
  });
  const lines = newLines();
  await lines();

  const side = (account: string, user: string | null, balance: string | null) =>
    user ? `${names.get(user)} ${account}, now ${balance}` : account;
  const chapters: string[] = [];
  const chapter = async (title: string, happen: () => Promise<unknown>) => {
    await happen();
    const rows = (await lines()).map((line) => [
      line.type,
      side(line.from, line.debtor, line.debtor_has),
      side(line.to, line.creditor, line.creditor_has),
      `${line.amount} ${line.asset === "CREDIT" ? "credits" : "units"}`,
    ]);
    const table = drawTable([["type", "from", "to", "amount"], ...rows], { numbersFrom: 3 });
    chapters.push(`## ${title}\n\n\`\`\`\n${table.replaceAll(/ +$/gm, "")}\n\`\`\`\n`);
  };
  const tip = (client: Client, workId: string, credits: number) =>
    client.request(TipWorkDocument, { input: { workId, credits } });

  await chapter("Ben tips Ana 20 credits", () => tip(ben, original.id, 20));
  await chapter("Cleo pays for Ana's prompt: 5 credits", () =>
    cleo.request(UnlockPromptDocument, { input: { workId: original.id } }),
  );
  let taskId = "";
  await chapter("Cleo orders a remix of Ben's remix: 10 credits, and a fee of 7", async () => {
    const input = { workId: remix.id, prompt: "at night" };
    taskId = (await cleo.request(RemixWorkDocument, { input })).remixWork.task.id;
  });
  await chapter("Her video is ready: Ben gets 70 % of the creators' part of the fee, and Ana 30 %", () =>
    succeed(product, taskId),
  );
  await chapter("Cleo tips Ben 10 credits, and an operator reverses it", async () => {
    await tip(cleo, remix.id, 10);
    const made = await product.app.db.select().from(tips);
    const id = made.find(({ credits }) => credits === 10)?.id as string;
    await reversalsOf(product).reverseTip(entryPrefix.toPublicId(id), "a stolen card");
  });
  await chapter("Seven days later the incomes are released", async () => {
    await thaw(product);
    await product.app.modules.wallet.incomes.releaseDue();
  });
  const [sums] = await product.app.db.execute<{ credits: string; units: string }>(sql`
    select sum(case when asset = 'CREDIT' then case when credit_account = 'EXCHANGE' then amount else -amount end end)::text
        as credits,
      sum(case when asset = 'COIN' then case when debit_account = 'EXCHANGE' then amount else -amount end end)::text as units
    from ledger_transfers where 'EXCHANGE' in (debit_account, credit_account)`);
  const sum = `## The sum\n\nIn all, ${sums?.credits} credits entered EXCHANGE and ${sums?.units} units left it: 500 for each credit.\n`;
  await expect([header, ...chapters, sum].join("\n")).toMatchFileSnapshot("../../../docs/ledger-example.md");
});
