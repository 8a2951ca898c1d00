import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import fc from "fast-check";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AppError } from "../../src/platform/base/app-error.js";
import { postgresCode } from "../../src/platform/db/index.js";
import { newUuid } from "../../src/platform/ids/ids.js";
import { communityBreachesOf, ledgerBreachesOf } from "../support/audit.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { type AnsweredCall, walletsAfter } from "./support/accepted-calls.js";
import { PayingPeople } from "./support/paying-people.js";
import { credits, History, Model, people, type Step, step } from "./support/payment-histories.js";

/** Of 50 people at once. `npm run test:payments` makes 20,000. */
const manyPayments = Number(process.env.PAYMENTS ?? 600);

let testDb: TestDatabase;
beforeAll(async () => {
  testDb = await freshDatabase();
});
afterAll(() => testDb.drop());

async function expectSound(): Promise<void> {
  expect(await ledgerBreachesOf(testDb.database.db)).toEqual([]);
  expect(await communityBreachesOf(testDb.database.db)).toEqual([]);
}

/** Refusals are part of a history, and so is an end of a fee at the moment of another; anything else is a fault. */
const refusals = (error: unknown): null => {
  if (!(error instanceof AppError) && postgresCode(error) !== "23505") throw error;
  return null;
};

/** An end that loses the race may also find that the other one has taken the held credits. */
const refusalsOf = (s: Step) => (error: unknown) => {
  const isEnd = s.do === "settle" || s.do === "refund";
  return isEnd && postgresCode(error) === "23514" ? null : refusals(error);
};

/** The caller cannot know whether the call took effect. */
function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: string };
  return /^(CONNECTION_CLOSED|ECONNRESET|EPIPE|57P01)$/.test(code ?? "") || isLostConnection(error.cause);
}

/** Calls again for as long as the connection of a call breaks, and tells of each that broke. */
async function untilAnswered<T>(call: () => Promise<T>, onLost = () => {}): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isLostConnection(error)) throw error;
      onLost();
    }
  }
}

const all = <T>(read: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: people }, (_, n) => read(n)));

/** Runs the steps one after the other. Balances, incomes and their states must be those of plain arithmetic. */
async function expectArithmetic(
  steps: Step[],
  run: (history: History, s: Step, n: number) => Promise<unknown>,
) {
  const payers = await PayingPeople.gather(testDb, { people, credits });
  const history = new History(payers);
  const model = new Model(payers.works);
  for (const [n, s] of steps.entries()) {
    await run(history, s, n).catch(refusals);
    model.apply(s);
  }
  expect(await untilAnswered(() => all((n) => payers.balances(n)))).toEqual(model.wallets);
  const incomes = await untilAnswered(() => all((n) => payers.incomesOf(n)));
  const expected = incomes.map((_, n) =>
    model.incomes.filter((each) => each.user === n).map(({ units, state }) => ({ units, state })),
  );
  expect(incomes).toEqual(expected);
  await expectSound();
}

test("a history one after the other has exactly the results of plain arithmetic", async () => {
  const steps = fc.array(step, { minLength: 10, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(steps, (all) => expectArithmetic(all, (history, s) => history.run(s))),
    { numRuns: 10 },
  );
});

test("a history in which every connection breaks in the middle of calls has them too, once each call is repeated", async () => {
  const admin = postgres(testDb.url, { max: 1 });
  let lost = 0;
  const cutAfter = async (ms: number) => {
    await sleep(ms);
    await admin`select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`;
  };
  const runUntilAnswered = async (history: History, s: Step, cutAfterMs: number | null) => {
    const cut = cutAfterMs === null ? null : cutAfter(cutAfterMs);
    try {
      return await untilAnswered(
        () => history.run(s),
        () => lost++,
      );
    } finally {
      await cut;
    }
  };
  const cutAfterMs = fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.nat(8) },
  );
  const steps = fc.array(fc.tuple(step, cutAfterMs), { minLength: 20, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(steps, (all) =>
      expectArithmetic(
        all.map(([s]) => s),
        (history, s, n) => runUntilAnswered(history, s, all[n]?.[1] ?? null),
      ),
    ),
    { numRuns: 5 },
  );
  await admin.end();
  expect(lost, "calls whose connection broke").toBeGreaterThan(5);
});

test("histories at once keep every invariant, and all keys replayed change nothing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const payers = await PayingPeople.gather(testDb, { people, credits });
      const history = new History(payers);
      const twice = [...steps, ...steps];
      const results = await Promise.all(twice.map((s) => history.run(s).catch(refusalsOf(s))));
      await expectSound();
      const before = await all((n) => payers.balances(n));
      expect(Math.min(...before.flatMap((wallet) => Object.values(wallet)))).toBeGreaterThanOrEqual(0);
      const repeatable = twice.filter((s, n) => results[n] && ["tip", "settle", "refund"].includes(s.do));
      await Promise.all(repeatable.map((s) => history.run(s).catch(refusals)));
      expect(await all((n) => payers.balances(n))).toEqual(before);
    }),
    { numRuns: 6 },
  );
});

test("histories at once have exactly the wallets that follow from the calls that were accepted", async () => {
  const [bannedUser, heldUser] = [people - 1, people - 2];
  const calls = step.filter((s) => s.do !== "ban" && s.do !== "unban");
  const acceptedOf = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(calls, { minLength: 40, maxLength: 80 }), async (steps) => {
      const payers = await PayingPeople.gather(testDb, { people, credits });
      await payers.ban(bannedUser);
      await payers.holdIncomes(heldUser);
      const history = new History(payers);
      const answered: AnsweredCall[] = [];
      const left = [...steps, ...steps];
      const lane = async () => {
        for (let s = left.shift(); s; s = left.shift())
          answered.push({ step: s, answer: await history.run(s).catch(refusalsOf(s)) });
      };
      await Promise.all(Array.from({ length: 8 }, lane));
      for (const { step: s, answer } of answered) if (answer !== null) acceptedOf.add(s.do);
      const { works, users } = payers;
      const world = { works, users, credits, tasks: history.tasks, banned: new Set([bannedUser]) };
      const expected = walletsAfter(answered, world);
      const sums = (await all((n) => payers.balances(n))).map(({ free, held, coins, pending }) => ({
        ...{ free, held, units: coins + pending },
      }));
      expect(sums).toEqual(expected);
      await payers.thaw();
      await payers.release();
      expect(await all((n) => payers.balances(n))).toEqual(
        expected.map(({ free, held, units }, n) => ({
          ...{ free, held, coins: n === heldUser ? 0 : units, pending: n === heldUser ? units : 0 },
        })),
      );
      await payers.unban(bannedUser);
      await expectSound();
    }),
    { numRuns: 10 },
  );
  expect(acceptedOf).toEqual(new Set(["tip", "unlock", "hold", "settle", "refund", "release", "reverse"]));
});

test(`${manyPayments} payments among 50 people at once: no deadlock, and every sum is right`, {
  timeout: 3_600_000,
}, async () => {
  const count = 50;
  const payers = await PayingPeople.gather(testDb, { people: count, credits: 1_000_000, limit: 1_000_000 });
  const deadlocks = async () => {
    const [row] = await testDb.database.db.execute<{ deadlocks: string }>(
      sql`select deadlocks from pg_stat_database where datname = current_database()`,
    );
    return row?.deadlocks;
  };
  const before = await deadlocks();
  let random = 20_261;
  const below = (limit: number) => {
    random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((random / 2 ** 31) * limit);
  };
  let made = 0;
  const payOnce = async (n: number) => {
    const [by, to] = [below(count), below(count * 3)];
    const kind = n % 10;
    if (kind < 5) await payers.tip(by, to, [10, 20, 50, 100][below(4)] as number, null);
    else if (kind < 7) await payers.unlock(by, to);
    else if (kind < 9) {
      const taskId = newUuid();
      await payers.holdFee(by, taskId);
      await payers.settleFee(by, taskId, to);
    } else if (n % 100 === 99) await payers.thaw().then(() => payers.release());
    else await payers.reverse(below(1000));
  };
  const lane = async () => {
    while (made < manyPayments) await payOnce(made++).catch(refusals);
  };
  await Promise.all(Array.from({ length: 16 }, lane));
  await expectSound();
  expect(await deadlocks()).toBe(before);
  expect((await payers.paymentKeys()).length).toBeGreaterThan(manyPayments / 2);
});
