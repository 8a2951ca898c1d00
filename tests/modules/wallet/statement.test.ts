import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LedgerEntry } from "../../../src/modules/wallet/index.js";
import { statementLines } from "../../../src/modules/wallet/wallet.repository.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { planOf } from "../../support/plan-of.js";
import { requestedFields } from "../../support/requested-fields.js";

let testDb: TestDatabase;
beforeAll(async () => {
  testDb = await freshDatabase();
});
afterAll(() => testDb.drop());

test("a page of a long statement is read from the two indexes in order, without sorting it all", async () => {
  const { db } = testDb.database;
  const { id: ana } = await testDb.seed.user();
  await db.execute(sql`
    insert into ledger_transfers (id, key, type, asset, amount, debit_account, credit_account,
      credit_user_id, credit_balance_after, credit_sequence)
    select gen_random_uuid(), 'grant:' || n, 'GRANT', 'CREDIT', 1, 'ISSUANCE', 'FREE', ${ana}, n, 2 * n
    from generate_series(1, 5000) n`);
  await db.execute(sql`
    insert into ledger_transfers (id, key, type, asset, amount, debit_account, debit_user_id, debit_balance_after,
      debit_sequence, credit_account, subject_type, subject_id)
    select gen_random_uuid(), 'spend:' || n, 'DOWNLOAD_SPEND', 'CREDIT', 1, 'FREE', ${ana}, n, 2 * n + 1, 'REVENUE',
      'video', gen_random_uuid() from generate_series(1, 5000) n`);
  await db.execute(sql`analyze ledger_transfers`);
  const request = {
    ...{ params: { user_id: ana, asset: "CREDIT" }, page: { first: 20, after: null } },
    fields: requestedFields("id"),
  };
  const plan = await planOf(db, (watched) => statementLines().read(watched, request, LedgerEntry.of));
  const page = plan.slice(plan.indexOf("Limit"));
  expect(page).toContain("ledger_transfers_debit_statement");
  expect(page).toContain("ledger_transfers_credit_statement");
  expect(page).not.toMatch(/Sort {2}\(/);
  const { nodes } = await statementLines().read(db, request, LedgerEntry.of);
  expect(nodes.slice(0, 3).map(({ amount, balanceAfter }) => [amount, balanceAfter])).toEqual([
    ["-1", "5000"],
    ["1", "5000"],
    ["-1", "4999"],
  ]);
});
