import { and, eq } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  grant,
  hold,
  InsufficientCredits,
  refund,
  refundSpend,
  settle,
  spend,
} from "../../src/modules/wallet/index.js";
import { balancesOf } from "../../src/modules/wallet/wallet.repository.js";
import { ledgerSides } from "../../src/modules/wallet/wallet.tables.js";
import type { Tx } from "../../src/platform/db/index.js";
import { newUuid } from "../../src/platform/ids/ids.js";
import { ledgerBreachesOf } from "../support/audit.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";

let testDb: TestDatabase;
beforeAll(async () => {
  testDb = await freshDatabase();
});
afterAll(() => testDb.drop());

const inTx = <T>(run: (tx: Tx) => Promise<T>) => testDb.database.db.transaction(run);

async function userWith(credits: number): Promise<string> {
  return (await testDb.seed.user().withCredits(credits)).id;
}

async function balances(userId: string) {
  const found = await balancesOf(testDb.database.db, userId);
  return { free: found!.creditsFree, held: found!.creditsHeld };
}

const free = async (userId: string) => (await balances(userId)).free;

describe("the ledger's operations", () => {
  test("a hold beyond the balance is rejected with the required and the available credits, and holds nothing", async () => {
    const userId = await userWith(9);
    const refused = inTx((tx) => hold(tx, [{ userId, taskId: newUuid(), credits: 10 }]));
    await expect(refused).rejects.toMatchObject({ required: 10, available: 9 });
    expect(await balances(userId)).toEqual({ free: 9, held: 0 });
  });

  test("a batch of holds is posted completely or not at all", async () => {
    const userId = await userWith(25);
    const three = [10, 10, 10].map((credits) => ({ userId, taskId: newUuid(), credits }));
    await expect(inTx((tx) => hold(tx, three))).rejects.toBeInstanceOf(InsufficientCredits);
    expect(await balances(userId)).toEqual({ free: 25, held: 0 });
    await inTx((tx) => hold(tx, three.slice(0, 2)));
    expect(await balances(userId)).toEqual({ free: 5, held: 20 });
  });

  test("a settled hold cannot be refunded, and a refunded one cannot be settled", async () => {
    const userId = await userWith(20);
    const [settled, refunded] = [newUuid(), newUuid()];
    await inTx((tx) =>
      hold(
        tx,
        [settled, refunded].map((taskId) => ({ userId, taskId, credits: 10 })),
      ),
    );
    await inTx((tx) => settle(tx, settled));
    await inTx((tx) => refund(tx, refunded));
    expect(await inTx((tx) => refund(tx, settled))).toMatchObject({ applied: false, type: "GEN_SETTLE" });
    expect(await inTx((tx) => settle(tx, refunded))).toMatchObject({ applied: false, type: "GEN_REFUND" });
    expect(await balances(userId)).toEqual({ free: 10, held: 0 });
  });

  test("a hold that does not exist can be neither settled nor refunded", async () => {
    await expect(inTx((tx) => settle(tx, newUuid()))).rejects.toThrow();
    await expect(inTx((tx) => refund(tx, newUuid()))).rejects.toThrow();
  });

  test("a spend is reversed once and in full", async () => {
    const userId = await userWith(10);
    const key = `download:${newUuid()}`;
    const subject = { type: "video" as const, id: newUuid() };
    await inTx((tx) => spend(tx, { userId, credits: 6, type: "DOWNLOAD_SPEND", subject, key }));
    expect(await free(userId)).toBe(4);
    await inTx((tx) => refundSpend(tx, key));
    expect(await inTx((tx) => refundSpend(tx, key))).toMatchObject({ applied: false });
    expect(await free(userId)).toBe(10);
  });

  test("no row of the ledger can be updated, deleted or truncated", async () => {
    await userWith(1);
    for (const attack of [
      "update ledger_transfers set amount = amount + 1",
      "delete from ledger_transfers",
      "truncate ledger_transfers",
    ]) {
      await expect(testDb.database.db.execute(attack)).rejects.toMatchObject({
        cause: { message: /append-only/ },
      });
    }
  });

  test("the database rejects a balance below zero", async () => {
    const userId = await userWith(1);
    const attack = testDb.database.db.execute(
      `update wallets set credits_free = -1 where user_id = '${userId}'`,
    );
    await expect(attack).rejects.toMatchObject({
      cause: { constraint_name: "credit_balance_range" },
    });
  });

  test("the database rejects a transfer whose accounts do not fit its type", async () => {
    const user = { user: "gen_random_uuid()", after: "1", sequence: "1" };
    const noUser = { user: "null", after: "null", sequence: "null" };
    const subject = { subjectType: "'task'", subjectId: "gen_random_uuid()" };
    const holdRow = {
      ...{ type: "'GEN_HOLD'", amount: "1", ends: "null", ...subject },
      ...{ from: "'FREE'", debit: user, to: "'HELD'", credit: user },
    };
    const settleRow = {
      ...{ ...holdRow, type: "'GEN_SETTLE'", ends: "gen_random_uuid()" },
      ...{ from: "'HELD'", to: "'REVENUE'", credit: noUser },
    };
    const write = (row: typeof holdRow) =>
      testDb.database.db.transaction(async (tx) => {
        await tx.execute(`insert into ledger_transfers (id, key, type, asset, amount, ends_transfer_id,
          debit_account, debit_user_id, debit_balance_after, debit_sequence,
          credit_account, credit_user_id, credit_balance_after, credit_sequence, subject_type, subject_id)
          values (gen_random_uuid(), gen_random_uuid()::text, ${row.type}, 'CREDIT', ${row.amount}, ${row.ends},
            ${row.from}, ${Object.values(row.debit)}, ${row.to}, ${Object.values(row.credit)},
            ${row.subjectType}, ${row.subjectId})`);
        tx.rollback();
      });
    const refusalOf = async (row: typeof holdRow) => {
      const error = await write(row).catch((error) => error);
      return error.cause?.constraint_name ?? error.constructor.name;
    };
    for (const row of [holdRow, settleRow]) expect(await refusalOf(row)).toBe("TransactionRollbackError");
    const broken: Partial<typeof holdRow>[] = [
      ...[{ type: "'GEN_REFUND'" }, { type: "'GRANT'" }, { from: "'HELD'" }, { to: "'PENDING'" }],
      ...[{ ends: "gen_random_uuid()" }, { subjectId: "null" }, { subjectType: "null" }],
      ...[{ debit: { ...user, user: "null" } }, { debit: { ...user, after: "null" } }, { debit: noUser }],
      ...[{ credit: { ...user, sequence: "null" } }, { credit: noUser }],
    ];
    for (const part of broken) {
      expect(await refusalOf({ ...holdRow, ...part })).toBe("ledger_transfers_shape");
    }
    for (const part of [{ ends: "null" }, { credit: user }, { credit: { ...noUser, sequence: "1" } }]) {
      expect(await refusalOf({ ...settleRow, ...part })).toBe("ledger_transfers_shape");
    }
    expect(await refusalOf({ ...holdRow, amount: "0" })).toBe("transfer_amount_positive");
    const below = { ...user, after: "-1" };
    expect(await refusalOf({ ...holdRow, debit: below })).toBe("user_balance_not_negative");
    expect(await refusalOf({ ...holdRow, credit: below })).toBe("user_balance_not_negative");
  });

  test("two tasks started at once cannot spend the same credits", async () => {
    const userId = await userWith(10);
    const tries = Array.from({ length: 12 }, () =>
      inTx((tx) => hold(tx, [{ userId, taskId: newUuid(), credits: 10 }])),
    );
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter((o) => o.status === "fulfilled")).toHaveLength(1);
    expect(await balances(userId)).toEqual({ free: 0, held: 10 });
  });

  test("concurrent holds of many users in any order never deadlock", async () => {
    const users = await Promise.all(Array.from({ length: 6 }, () => userWith(1_000)));
    const rounds = Array.from({ length: 60 }, (_, n) => (n % 2 === 0 ? users : users.toReversed()));
    const holdOfAll = (some: string[]) =>
      inTx((tx) =>
        hold(
          tx,
          some.map((userId) => ({ userId, taskId: newUuid(), credits: 10 })),
        ),
      );
    await Promise.all(rounds.map(holdOfAll));
    for (const userId of users) expect(await balances(userId)).toEqual({ free: 400, held: 600 });
  });

  test("a concurrent settle and refund of one hold end it exactly once", async () => {
    const userId = await userWith(100);
    for (let round = 0; round < 10; round++) {
      const taskId = newUuid();
      const before = await balances(userId);
      await inTx((tx) => hold(tx, [{ userId, taskId, credits: 5 }]));
      await Promise.allSettled(
        [settle, refund, settle, refund].map((verb) => inTx((tx) => verb(tx, taskId))),
      );
      const after = await balances(userId);
      expect(after.held).toBe(before.held);
      expect([before.free, before.free - 5]).toContain(after.free);
    }
    expect(await ledgerBreachesOf(testDb.database.db)).toEqual([]);
  });
});

type Step =
  | { do: "grant"; user: number; credits: number; key: number }
  | { do: "hold"; user: number; task: number; credits: number }
  | { do: "settle"; task: number }
  | { do: "refund"; task: number }
  | { do: "spend"; user: number; credits: number; key: number }
  | { do: "reverse"; key: number };

const userCount = 3;
const user = fc.nat(userCount - 1);
const credits = fc.integer({ min: 1, max: 30 });
const few = fc.nat(7);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("grant" as const), user, credits, key: few }),
  fc.record({ do: fc.constant("hold" as const), user, task: few, credits }),
  fc.record({ do: fc.constant("settle" as const), task: few }),
  fc.record({ do: fc.constant("refund" as const), task: few }),
  fc.record({ do: fc.constant("spend" as const), user, credits, key: few }),
  fc.record({ do: fc.constant("reverse" as const), key: few }),
);

class TestLedger {
  readonly tasks = Array.from({ length: 8 }, newUuid);
  readonly keys = Array.from({ length: 8 }, newUuid);
  private constructor(readonly users: string[]) {}
  static async open() {
    return new TestLedger(await Promise.all(Array.from({ length: userCount }, () => userWith(0))));
  }
  run(s: Step): Promise<unknown> {
    return inTx<unknown>((tx) => {
      if (s.do === "grant")
        return grant(tx, {
          userId: this.users[s.user]!,
          credits: s.credits,
          reason: "r",
          key: `g${this.keys[s.key]}`,
        });
      if (s.do === "hold")
        return hold(tx, [{ userId: this.users[s.user]!, taskId: this.tasks[s.task]!, credits: s.credits }]);
      if (s.do === "settle") return settle(tx, this.tasks[s.task]!);
      if (s.do === "refund") return refund(tx, this.tasks[s.task]!);
      const key = `download:${this.keys[s.key]}`;
      if (s.do === "reverse") return refundSpend(tx, key);
      const subject = { type: "video" as const, id: this.keys[s.key]! };
      return spend(tx, {
        userId: this.users[s.user]!,
        credits: s.credits,
        type: "DOWNLOAD_SPEND",
        subject,
        key,
      });
    });
  }
}

/** The ledger's rules once more, in plain arithmetic. */
class Model {
  readonly free = Array<number>(userCount).fill(0);
  readonly held = Array<number>(userCount).fill(0);
  private readonly grants = new Set<number>();
  private readonly holds = new Map<number, { user: number; credits: number; ended: boolean }>();
  private readonly spends = new Map<number, { user: number; credits: number; reversed: boolean }>();

  apply(s: Step): void {
    if (s.do === "grant" && !this.grants.has(s.key)) {
      this.grants.add(s.key);
      this.free[s.user]! += s.credits;
    } else if (s.do === "hold" && !this.holds.has(s.task) && this.free[s.user]! >= s.credits) {
      this.holds.set(s.task, { user: s.user, credits: s.credits, ended: false });
      this.free[s.user]! -= s.credits;
      this.held[s.user]! += s.credits;
    } else if (s.do === "spend" && !this.spends.has(s.key) && this.free[s.user]! >= s.credits) {
      this.spends.set(s.key, { user: s.user, credits: s.credits, reversed: false });
      this.free[s.user]! -= s.credits;
    } else if (s.do === "reverse") {
      const spent = this.spends.get(s.key);
      if (!spent || spent.reversed) return;
      spent.reversed = true;
      this.free[spent.user]! += spent.credits;
    } else if (s.do === "settle" || s.do === "refund") {
      const open = this.holds.get(s.task);
      if (!open || open.ended) return;
      open.ended = true;
      this.held[open.user]! -= open.credits;
      if (s.do === "refund") this.free[open.user]! += open.credits;
    }
  }
}

async function expectExactStatements(ledger: TestLedger): Promise<void> {
  const { db } = testDb.database;
  for (const userId of ledger.users) {
    let balance = 0;
    const ofUser = and(
      eq(ledgerSides.userId, userId),
      eq(ledgerSides.asset, "CREDIT"),
      eq(ledgerSides.account, "FREE"),
    );
    for (const line of await db.select().from(ledgerSides).where(ofUser).orderBy(ledgerSides.sequence)) {
      balance += line.amount;
      expect(line.balanceAfter).toBe(balance);
      expect(balance).toBeGreaterThanOrEqual(0);
    }
    expect((await balances(userId)).free).toBe(balance);
  }
  expect(await ledgerBreachesOf(testDb.database.db)).toEqual([]);
}

describe("random histories", () => {
  test("sequential operations have exactly the results of the model", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const ledger = await TestLedger.open();
        const model = new Model();
        for (const s of steps) {
          await ledger.run(s).catch(() => {});
          model.apply(s);
        }
        for (const [n, userId] of ledger.users.entries()) {
          expect(await balances(userId)).toEqual({ free: model.free[n], held: model.held[n] });
        }
        await expectExactStatements(ledger);
      }),
      { numRuns: 25 },
    );
  });

  test("concurrent operations never make a balance negative, keep sums at zero and apply every key once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
        const ledger = await TestLedger.open();
        await Promise.all(
          ledger.users.map((userId) =>
            inTx((tx) => grant(tx, { userId, credits: 40, reason: "r", key: newUuid() })),
          ),
        );
        const twice = [...steps, ...steps];
        const outcomes = await Promise.allSettled(twice.map((s) => ledger.run(s)));
        await expectExactStatements(ledger);
        const before = await Promise.all(ledger.users.map(balances));
        // A repeated operation changes nothing.
        const done = twice.filter((_, n) => outcomes[n]?.status === "fulfilled");
        const replays = await Promise.all(done.map((s) => ledger.run(s)));
        for (const replay of replays) {
          if (replay !== undefined) expect(replay).toMatchObject({ applied: false });
        }
        expect(await Promise.all(ledger.users.map(balances))).toEqual(before);
      }),
      { numRuns: 15 },
    );
  });
});
