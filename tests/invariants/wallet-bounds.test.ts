import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../src/app/config.js";
import {
  creditsMax,
  grant,
  hold,
  refund,
  refundSpend,
  settle,
  spend,
} from "../../src/modules/wallet/index.js";
import { coinText } from "../../src/modules/wallet/wallet.graphql.js";
import { balancesOf } from "../../src/modules/wallet/wallet.repository.js";
import type { Tx } from "../../src/platform/db/index.js";
import { migrateDatabase } from "../../src/platform/db/migrations.js";
import { newUuid } from "../../src/platform/ids/ids.js";
import { callCommand } from "../support/command.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { databaseBefore } from "../support/old-database.js";

let testDb: TestDatabase;
beforeAll(async () => {
  testDb = await freshDatabase();
});
afterAll(() => testDb.drop());

const db = () => testDb.database.db;
const inTx = <T>(run: (tx: Tx) => Promise<T>) => db().transaction(run);
const give = (userId: string, credits: number, key = newUuid()) =>
  inTx((tx) => grant(tx, { userId, credits, reason: "test", key }));
const download = (userId: string, key: string) =>
  inTx((tx) =>
    spend(tx, {
      ...{ userId, key, credits: 6, type: "DOWNLOAD_SPEND" as const },
      subject: { type: "video", id: newUuid() },
    }),
  );

async function userWith(credits: number): Promise<string> {
  return (await testDb.seed.user().withCredits(credits)).id;
}

async function balances(userId: string) {
  const found = await balancesOf(db(), userId);
  return { free: found!.creditsFree, held: found!.creditsHeld };
}

describe("a wallet holds at most as many credits as fit a GraphQL Int", () => {
  test("the last credit that fits is granted; one more is rejected with the remaining room and changes nothing", async () => {
    const userId = await userWith(100);
    await give(userId, creditsMax - 101);
    await expect(give(userId, 2)).rejects.toMatchObject({
      code: "CONFLICT",
      facts: { reason: "WALLET_FULL", creditsThatFit: 1 },
    });
    expect(await balances(userId)).toEqual({ free: creditsMax - 1, held: 0 });
    await give(userId, 1);
    await expect(give(userId, 1)).rejects.toThrow(/2147483647/);
    expect(await balances(userId)).toEqual({ free: creditsMax, held: 0 });
  });

  test("a repeated grant under the same key succeeds even if the wallet is full", async () => {
    const userId = await userWith(1);
    const key = newUuid();
    await give(userId, creditsMax - 1, key);
    expect(await give(userId, creditsMax - 1, key)).toMatchObject({ applied: false });
  });

  test("held credits count towards the bound, so that they can always be refunded", async () => {
    const userId = await userWith(30);
    const [canceled, made] = [newUuid(), newUuid()];
    await inTx((tx) =>
      hold(
        tx,
        [canceled, made].map((taskId) => ({ userId, taskId, credits: 10 })),
      ),
    );
    await expect(give(userId, creditsMax - 29)).rejects.toMatchObject({
      facts: { reason: "WALLET_FULL", creditsThatFit: creditsMax - 30 },
    });
    await give(userId, creditsMax - 30);
    await inTx((tx) => refund(tx, canceled));
    expect(await balances(userId)).toEqual({ free: creditsMax - 10, held: 10 });
    await inTx((tx) => settle(tx, made));
    expect(await balances(userId)).toEqual({ free: creditsMax - 10, held: 0 });
  });

  test("the price of a running download can be refunded, whatever is granted meanwhile", async () => {
    const userId = await userWith(10);
    const key = newUuid();
    await download(userId, key);
    await expect(give(userId, creditsMax - 4)).rejects.toMatchObject({
      facts: { reason: "WALLET_FULL", creditsThatFit: creditsMax - 10 },
    });
    await give(userId, creditsMax - 10);
    await inTx((tx) => refundSpend(tx, key));
    expect(await balances(userId)).toEqual({ free: creditsMax, held: 0 });
  });

  test("during concurrent grants and downloads each download can be refunded", async () => {
    const userId = await userWith(600);
    await give(userId, creditsMax - 600);
    const keys = Array.from({ length: 20 }, newUuid);
    const grants = Array.from({ length: 20 }, () => give(userId, 6));
    await Promise.all([...keys.map((key) => download(userId, key)), Promise.allSettled(grants)]);
    for (const key of keys) await inTx((tx) => refundSpend(tx, key));
    expect(await balances(userId)).toEqual({ free: creditsMax, held: 0 });
  });

  test.each([
    ["credits_free = 2147483648", "credit_balance_range"],
    ["credits_held = 2147483648", "credit_balance_range"],
    ["credits_free = -1", "credit_balance_range"],
    ["credits_free = 2147483647, credits_held = 1", "wallets_credits_fit"],
    ["coins_free = 9007199254740992", "user_balance_exact"],
    ["coins_pending = 9007199254740992", "user_balance_exact"],
  ])("the database rejects %s", async (change, constraint) => {
    const userId = await userWith(1);
    const attack = db().execute(`update wallets set ${change} where user_id = '${userId}'`);
    await expect(attack).rejects.toMatchObject({ cause: { constraint_name: constraint } });
  });

  test("every number of credits that the database accepts is serialized exactly", () => {
    expect(coinText(Number.MAX_SAFE_INTEGER)).toBe("900719925474.0991");
  });
});

describe("settings that end up in an Int or a date", () => {
  test.each([
    ...["MAX_CONCURRENT_TASKS", "MAX_TASKS_PER_DAY", "RATE_LIMIT_PER_MINUTE", "TASK_TIMEOUT_MS"],
    ...[
      "SIGNUP_CREDITS",
      "VENDOR_POLL_INTERVAL_MS",
      "LOGIN_CODES_PER_ADDRESS_PER_HOUR",
      "SOCKETS_PER_ADDRESS",
    ],
  ])("%s beyond 2147483647 is refused at the start", (name) => {
    expect(() => readConfig({ [name]: "2147483648" })).toThrow(name);
    expect(() => readConfig({ [name]: "1e400" })).toThrow(name);
  });
});

describe("a database from before the bound", () => {
  const old = { id: newUuid(), full: newUuid() };

  async function databaseWith(credits: number): Promise<TestDatabase> {
    const before = await databaseBefore("wallet_bounds");
    await before.database.db.execute(sql`
      insert into wallets (user_id, credits_free, credits_held, coins_free, sequence)
      values (${old.id}, 90, 10, 12345, 2), (${old.full}, ${credits}, 0, 0, 1)`);
    return before;
  }

  test("keeps its wallets in the migration", async () => {
    const before = await databaseWith(creditsMax);
    try {
      await migrateDatabase(before.url);
      const [small, full] = [
        await balancesOf(before.database.db, old.id),
        await balancesOf(before.database.db, old.full),
      ];
      expect(small).toMatchObject({ creditsFree: 90, creditsHeld: 10, coinsFree: 12345, sequence: 2 });
      expect(full).toMatchObject({ creditsFree: creditsMax });
    } finally {
      await before.drop();
    }
  });

  test("is not migrated if a wallet exceeds the bound, and the command names its user and the remedy", async () => {
    const before = await databaseWith(creditsMax + 1);
    try {
      const message = `user ${old.full} has 2147483648`;
      await expect(migrateDatabase(before.url)).rejects.toThrow(message);
      const { code, output } = await skyriff(before.url, "migrate");
      expect(code).toBe(1);
      expect(output).toContain(message);
      expect(output).toContain("docs/ledger.md");
      expect(output).not.toMatch(/Failed query|at .*\.js:/);
      expect(await balancesOf(before.database.db, old.full)).toMatchObject({ creditsFree: creditsMax + 1 });
    } finally {
      await before.drop();
    }
  });
});

describe("skyriff grant", () => {
  test("grants up to the bound, and beyond it names the remaining room", async () => {
    const { id: userId, phone } = await testDb.seed.user().withCredits(100);
    const give = (credits: string) =>
      skyriff(testDb.url, "grant", "--phone", phone, "--credits", credits, "--reason", "test");
    const tooMany = await give("2147483647");
    expect(tooMany).toMatchObject({ code: 1, output: expect.stringContaining("2147483547 more fit") });
    expect(tooMany.output).not.toMatch(/at .*\.js:/);
    expect(await give("2147483547")).toMatchObject({
      ...{ code: 0, output: expect.stringContaining("has 2147483647 credits free and 0 held") },
    });
    for (const credits of ["2147483648", "0", "1.5", "1e3"]) {
      const refused = await give(credits);
      expect(refused, credits).toMatchObject({
        ...{ code: 1, output: expect.stringContaining("a whole number from 1 to 2147483647") },
      });
    }
    expect(await balances(userId)).toEqual({ free: creditsMax, held: 0 });
  });
});

async function skyriff(url: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const dataDir = mkdtempSync(join(tmpdir(), "skyriff-bounds-"));
  const { code, stdout, stderr } = await callCommand({ DATABASE_URL: url, DATA_DIR: dataDir }, ...args);
  rmSync(dataDir, { recursive: true, force: true });
  return { code, output: stdout + stderr };
}
