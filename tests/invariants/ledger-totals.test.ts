import { sql } from "drizzle-orm";
import { afterAll, beforeEach, expect, test } from "vitest";
import { grant, hold, refund, settle } from "../../src/modules/wallet/index.js";
import { countLedger } from "../../src/modules/wallet/ledger/index.js";
import { newUuid } from "../../src/platform/ids/ids.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { until } from "../support/until.js";

const testDbs: TestDatabase[] = [];
let testDb: TestDatabase;
beforeEach(async () => {
  testDb = await freshDatabase();
  testDbs.push(testDb);
});
afterAll(() => Promise.all(testDbs.map((db) => db.drop())));

const db = () => testDb.database.db;

async function newUser(): Promise<string> {
  return (await testDb.seed.user()).id;
}

const give = (userId: string, credits: number) =>
  db().transaction((tx) => grant(tx, { userId, credits, reason: "test", key: newUuid() }));

/** The sums of all rows of the ledger, which the totals must equal. */
async function readWhole() {
  const rows = await db().execute<{ type: string; amount: string; transfers: string }>(
    sql`select type, sum(amount) as amount, count(*) as transfers from ledger_transfers group by type`,
  );
  return Object.fromEntries(
    rows.map(({ type, amount, transfers }) => [
      type,
      { amount: Number(amount), transfers: Number(transfers) },
    ]),
  );
}

async function caughtUp() {
  const whole = await readWhole();
  const count = Object.values(whole).reduce((sum, { transfers }) => sum + transfers, 0);
  return until("totals of everything", async () => {
    const totals = await countLedger(db());
    const counted = Object.values(totals).reduce((sum, { transfers }) => sum + transfers, 0);
    return counted >= count && totals;
  });
}

test("an empty ledger has zero totals, and later transfers are counted once", async () => {
  expect(await countLedger(db())).toEqual({});
  const ana = await newUser();
  await give(ana, 100);
  expect(await caughtUp()).toEqual({ GRANT: { amount: 100, transfers: 1 } });
  expect(await countLedger(db())).toEqual({ GRANT: { amount: 100, transfers: 1 } });
});

test("a transfer whose transaction commits late is counted", async () => {
  const [ana, ben] = [await newUser(), await newUser()];
  let commit = () => {};
  const mayCommit = new Promise<void>((done) => {
    commit = done;
  });
  let posted = () => {};
  const hasPosted = new Promise<void>((done) => {
    posted = done;
  });
  const late = db().transaction(async (tx) => {
    await grant(tx, { userId: ana, credits: 7, reason: "late", key: "late" });
    posted();
    await mayCommit;
  });
  await hasPosted;
  // Written after the one that is still open, and committed before it.
  await give(ben, 1_000);
  const secondsLater = sql`select pg_sleep(1.2)`;
  await db().execute(secondsLater);
  expect(await countLedger(db())).toEqual({});
  commit();
  await late;
  await db().execute(secondsLater);
  expect(await caughtUp()).toEqual({ GRANT: { amount: 1_007, transfers: 2 } });
});

test("totals counted during concurrent posts, rollbacks and counts equal the ledger's sums", async () => {
  const users = await Promise.all(Array.from({ length: 6 }, newUser));
  await Promise.all(users.map((userId) => give(userId, 1_000)));
  let posting = true;
  const counters = Array.from({ length: 3 }, async () => {
    while (posting) await countLedger(db());
  });
  const life = async (userId: string, n: number) => {
    const taskId = newUuid();
    await db().transaction((tx) => hold(tx, [{ userId, taskId, credits: 1 + (n % 9) }]));
    if (n % 3 === 0) {
      const undone = db().transaction(async (tx) => {
        await refund(tx, taskId);
        throw new Error("rolled back");
      });
      await expect(undone).rejects.toThrow();
    }
    await db().transaction((tx) => (n % 2 === 0 ? settle(tx, taskId) : refund(tx, taskId)));
  };
  await Promise.all(
    users.map(async (userId) => {
      for (let n = 0; n < 25; n++) await life(userId, n);
    }),
  );
  posting = false;
  await Promise.all(counters);
  expect(await caughtUp()).toEqual(await readWhole());
});

test("years of uncounted transfers are caught up, in long steps where there are few", async () => {
  const ana = await newUser();
  await db().execute(sql`
    insert into ledger_transfers (id, key, type, asset, amount, debit_account, credit_account, credit_user_id,
      credit_balance_after, credit_sequence, created_at)
    select ('01900000-0000-7000-8000-' || lpad((100 - n)::text, 12, '0'))::uuid, 'old' || n, 'GRANT', 'CREDIT', n, 'ISSUANCE', 'FREE', ${ana}::uuid, n, n,
      clock_timestamp() - n * interval '100 days'
    from generate_series(1, 30) n`);
  expect(await caughtUp()).toEqual(await readWhole());
});

test("a first transfer with a late id, from a server with a wrong clock, is counted", async () => {
  const ana = await newUser();
  await db().execute(sql`
    insert into ledger_transfers (id, key, type, asset, amount, debit_account, credit_account, credit_user_id,
      credit_balance_after, credit_sequence, created_at)
    select ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'old' || n, 'GRANT', 'CREDIT', n, 'ISSUANCE', 'FREE', ${ana}::uuid, n, n,
      clock_timestamp() - n * interval '100 days'
    from generate_series(1, 30) n`);
  expect(await caughtUp()).toEqual(await readWhole());
});
