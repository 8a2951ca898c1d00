import { sql } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  BlockDocument,
  CreatorRankingDocument,
  StatementDocument,
  TipWorkDocument,
  UnblockDocument,
} from "../../../src/generated/operations.js";
import { RankingPeriod } from "../../../src/modules/feed/index.js";
import { CreatorRankings } from "../../../src/modules/feed/ranking/creator-rankings.js";
import { PaymentReversals } from "../../../src/modules/works/index.js";
import { tips } from "../../../src/modules/works/payments/payments.tables.js";
import { newUuid } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import { callCommand } from "../../support/command.js";
import { type Product, startProduct } from "../../support/product.js";
import { publish } from "../../support/works.js";
import { bansOf, publicUserId, seedUsers, uuidOf } from "../social/social-fixture.js";

const dayMs = 86_400_000;
const periods = Object.values(RankingPeriod);

let product: Product;
let viewer: Client;
beforeAll(async () => {
  product = await startProduct({
    worker: false,
    settings: { FEED_REFRESH_MS: "0", SIGNUP_CREDITS: "1000" },
  });
  viewer = await product.user();
});
afterAll(() => product.close());
beforeEach(() => product.app.db.execute(sql`delete from tips; delete from creator_rankings`));

interface Tip {
  from: string;
  to: string;
  credits?: number;
  daysAgo?: number;
  reversed?: boolean;
}

/** Tips as rows, without a payment. Users are bare UUIDs. */
async function seedTips(...given: Tip[]): Promise<void> {
  const now = Date.now();
  await product.app.db.insert(tips).values(
    given.map(({ from, to, credits = 10, daysAgo = 1 / 24, reversed = false }) => ({
      ...{ id: newUuid(), workId: newUuid(), userId: from, authorId: to, credits },
      createdAt: new Date(now - daysAgo * dayMs),
      reversedAt: reversed ? new Date(now) : null,
    })),
  );
}

async function ranking(client: Client, period = RankingPeriod.ALL, first = 10) {
  const { creatorRanking } = await client.request(CreatorRankingDocument, { period, first });
  return creatorRanking;
}

/** Bare facts of a ranking: rank, public id, credits and tippers. */
async function ranksFor(client: Client, period?: RankingPeriod, first?: number) {
  const ranks = await ranking(client, period, first);
  return ranks.map(({ rank, user, tippedCredits, tipperCount }) => [
    ...[rank, user.id, tippedCredits, tipperCount],
  ]);
}

describe("the ranking of creators", () => {
  test("counts the tips of each period and the different users who gave them", async () => {
    const [a, b, c, d] = (await seedUsers(product, 4)) as [string, string, string, string];
    await seedTips(
      ...[0.5, 3, 3].map((daysAgo) => ({ from: c, to: a, credits: 20, daysAgo })),
      { from: d, to: a, credits: 10, daysAgo: 20 },
      { from: d, to: b, credits: 100, daysAgo: 50 },
    );
    const [one, two] = [publicUserId(a), publicUserId(b)];
    const visitor = product.client();
    expect(await ranksFor(visitor, RankingPeriod.DAY)).toEqual([[1, one, 20, 1]]);
    expect(await ranksFor(visitor, RankingPeriod.WEEK)).toEqual([[1, one, 60, 1]]);
    expect(await ranksFor(visitor, RankingPeriod.MONTH)).toEqual([[1, one, 70, 2]]);
    expect(await ranksFor(visitor)).toEqual([
      [1, two, 100, 1],
      [2, one, 70, 2],
    ]);
    expect(await ranksFor(visitor, RankingPeriod.ALL, 1)).toEqual([[1, two, 100, 1]]);
  });

  test("of equal sums, the one that was reached first is ahead, then the smaller id", async () => {
    const [a, b, c, fan] = (await seedUsers(product, 4)) as [string, string, string, string];
    await seedTips(
      { from: fan, to: a, credits: 10, daysAgo: 9 },
      { from: fan, to: a, credits: 10, daysAgo: 1 },
      { from: fan, to: c, credits: 20, daysAgo: 2 },
      { from: fan, to: b, credits: 20, daysAgo: 2 },
    );
    const order = (await ranking(viewer)).map(({ user }) => user.id);
    expect(order).toEqual([b, c, a].map(publicUserId));
  });

  test("equals a plain count for random tips among a few users", async () => {
    const users = await seedUsers(product, 6);
    await bansOf(product).ban({ userId: users[5] as string }, "a test");
    const anyTip = fc.record({
      ...{ from: fc.nat(5), to: fc.nat(5), reversed: fc.boolean(), hoursAgo: fc.nat(24 * 80) },
      credits: fc.constantFrom(10, 20, 50, 100),
    });
    const property = fc.asyncProperty(fc.array(anyTip, { minLength: 20, maxLength: 40 }), async (drawn) => {
      await product.app.db.execute(sql`delete from tips`);
      const given = drawn
        .filter(({ from, to }) => from !== to)
        .map(({ from, to, hoursAgo, ...others }) => ({
          ...{ from: users[from] as string, to: users[to] as string, ...others },
          // Half an hour from every border, so that the time that a ranking takes does not matter.
          daysAgo: (hoursAgo + 0.5) / 24,
        }));
      await seedTips(...given);
      for (const period of periods)
        expect(await ranksFor(viewer, period)).toEqual(countedByHand(given, period, users[5] as string));
    });
    await fc.assert(property, { numRuns: 15 });
  });

  test("leaves out whom the viewer may not see before it gives ranks", async () => {
    const blocked = await product.user();
    const blocker = await product.user();
    const [top, last, fan] = (await seedUsers(product, 3)) as [string, string, string];
    await seedTips(
      { from: fan, to: top, credits: 100 },
      { from: fan, to: uuidOf(blocked), credits: 50 },
      { from: fan, to: uuidOf(blocker), credits: 20 },
      { from: fan, to: last, credits: 10 },
    );
    const everybody = [publicUserId(top), blocked.userId, blocker.userId, publicUserId(last)];
    await viewer.request(BlockDocument, { input: { userId: blocked.userId } });
    await blocker.request(BlockDocument, { input: { userId: viewer.userId } });
    const idsFor = async (client: Client) => (await ranking(client)).map(({ rank, user }) => [rank, user.id]);
    const withRanks = (ids: string[]) => ids.map((id, n) => [n + 1, id]);
    expect(await idsFor(product.client())).toEqual(withRanks(everybody));
    expect(await idsFor(viewer)).toEqual(withRanks([publicUserId(top), publicUserId(last)]));
    await bansOf(product).ban({ userId: top }, "a test");
    expect(await idsFor(product.client())).toEqual(withRanks(everybody.slice(1)));
    await viewer.request(UnblockDocument, { input: { userId: blocked.userId } });
    expect(await idsFor(viewer)).toEqual(withRanks([blocked.userId, publicUserId(last)]));
  });

  test("is full also for a viewer who has blocked most of it", async () => {
    const creators = await seedUsers(product, 120);
    const [fan] = (await seedUsers(product, 1)) as [string];
    await seedTips(...creators.map((to, n) => ({ from: fan, to, daysAgo: 1 - n / 1_000 })));
    await product.app.db.execute(sql`
      insert into blocks (blocker_id, blocked_id, created_at)
      select ${uuidOf(viewer)}, id, now() from unnest(${sql.param(creators.slice(1, 111))}::uuid[]) id`);
    const seen = [creators[0] as string, ...creators.slice(111)];
    expect((await ranking(viewer, RankingPeriod.ALL, 8)).map(({ user }) => user.id)).toEqual(
      seen.slice(0, 8).map(publicUserId),
    );
  });

  test("shows a tip, and no longer after its reversal", async () => {
    const author = await product.user();
    const work = await publish(product, author);
    await viewer.request(TipWorkDocument, { input: { workId: work.id, credits: 50 } });
    expect(await ranksFor(viewer)).toEqual([[1, author.userId, 50, 1]]);
    const { wallet } = await viewer.request(StatementDocument, { first: 1 });
    const reversals = new PaymentReversals(product.app.db, product.app.bus);
    await reversals.reverseTip(wallet.entries.nodes[0]?.id as string, "a test");
    expect(await ranking(viewer)).toEqual([]);
  });

  test.each([0, 101])("refuses first: %i", async (first) => {
    const { errors } = await viewer.execute(CreatorRankingDocument, { first });
    expect(errors?.[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "first" });
  });
});

/** The rules in plain code. */
function countedByHand(given: (Tip & { daysAgo: number })[], period: RankingPeriod, suspended: string) {
  const days = { DAY: 1, WEEK: 7, MONTH: 30, ALL: Number.POSITIVE_INFINITY }[period];
  const isMutual = (tip: (typeof given)[number]) =>
    given.some(
      (back) =>
        back.from === tip.to && back.to === tip.from && Math.abs(back.daysAgo - tip.daysAgo) * 24 <= 24 * 30,
    );
  const counted = given.filter(
    (tip) => !tip.reversed && tip.daysAgo < days && ![tip.from, tip.to].includes(suspended) && !isMutual(tip),
  );
  return [...Map.groupBy(counted, ({ to }) => to)]
    .map(([id, received]) => ({
      id,
      credits: received.reduce((sum, { credits = 10 }) => sum + credits, 0),
      newest: Math.min(...received.map(({ daysAgo }) => daysAgo)),
      tippers: new Set(received.map(({ from }) => from)).size,
    }))
    .sort((a, b) => b.credits - a.credits || b.newest - a.newest || (a.id < b.id ? -1 : 1))
    .map(({ id, credits, tippers }, n) => [n + 1, publicUserId(id), credits, tippers]);
}

describe("the stored ranking", () => {
  /** The rankings as one server has them. */
  const server = (refreshMs: number) => new CreatorRankings({ db: product.app.db, refreshMs });
  const sumOf = async (rankings: CreatorRankings) =>
    (await rankings.list(RankingPeriod.ALL, null, 1))[0]?.tippedCredits;

  test("is shown by every server until it is a minute old", async () => {
    const [creator, fan] = (await seedUsers(product, 2)) as [string, string];
    await seedTips({ from: fan, to: creator });
    const one = server(60_000);
    expect(await sumOf(one)).toBe(10);
    await seedTips({ from: fan, to: creator });
    expect([await sumOf(one), await sumOf(server(60_000))]).toEqual([10, 10]);
    await product.app.db.execute(
      sql`update creator_rankings set made_at = clock_timestamp() - interval '60001 ms'`,
    );
    expect(await sumOf(server(60_000))).toBe(20);
  });

  test("is made once by twenty servers that are asked at once", async () => {
    const [creator, fan] = (await seedUsers(product, 2)) as [string, string];
    await seedTips({ from: fan, to: creator });
    await product.app.db.execute(sql`
      create table makings (at timestamptz);
      create function note_making() returns trigger language plpgsql as $$
        begin insert into makings values (now()); return null; end $$;
      create trigger note_making after insert or update on creator_rankings
        for each row execute function note_making()`);
    const sums = await Promise.all(Array.from({ length: 20 }, () => sumOf(server(60_000))));
    expect(new Set(sums)).toEqual(new Set([10]));
    const makings = await product.app.db.execute(sql`select from makings`);
    await product.app.db.execute(sql`drop trigger note_making on creator_rankings`);
    expect(makings).toHaveLength(1);
  });

  test("of another server stays in place while that server makes the next", async () => {
    const [creator, fan] = (await seedUsers(product, 2)) as [string, string];
    await seedTips({ from: fan, to: creator });
    await sumOf(server(60_000));
    await seedTips({ from: fan, to: creator });
    await product.app.db.execute(
      sql`update creator_rankings set made_at = clock_timestamp() - interval '90 s'`,
    );
    const shown = await product.testDb.database.db.transaction(async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('feed-snapshot:creators:ALL', 0))`);
      return sumOf(server(60_000));
    });
    expect(shown).toBe(10);
  });
});

describe("npx skyriff ranking-review", () => {
  const review = (...args: string[]) =>
    callCommand({ DATABASE_URL: product.testDb.url, DATA_DIR: product.dataDir }, "ranking-review", ...args);

  test("shows creators with their tippers, mutual tips and ages, without phone numbers", async () => {
    const [creator, fan, friend] = (await seedUsers(product, 3)) as [string, string, string];
    const age = (id: string, interval: string) =>
      product.app.db.execute(
        sql`update users set created_at = now() - ${interval}::interval where id = ${id}`,
      );
    await age(creator, "100 days");
    await age(fan, "90 minutes");
    await seedTips(
      { from: fan, to: creator, credits: 50 },
      { from: fan, to: creator, credits: 20 },
      { from: friend, to: creator, credits: 100, daysAgo: 40 },
      { from: friend, to: creator, credits: 20, daysAgo: 10 },
      { from: creator, to: friend, credits: 10, daysAgo: 5 },
    );
    const [creatorId, fanId, friendId] = [creator, fan, friend].map(publicUserId);
    const { code, stdout } = await review();
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        `1. ${creatorId}: 170 credits from 2 users, account 100 days old`,
        `    from ${friendId}: 100 credits, 1 tip, account 0 hours old`,
        `    from ${fanId}: 70 credits, 2 tips, account 1 hour old`,
        `    mutual with ${friendId}: 20 credits received and not counted, 10 given, account 0 hours old\n`,
      ].join("\n"),
    );
    expect(stdout).not.toMatch(/\+86|139\d{8}/);
    expect((await review("--period", "DAY")).stdout).toContain("70 credits from 1 user,");
  });

  test("says if there is nothing to review", async () => {
    expect(await review()).toMatchObject({ code: 0, stdout: "There are no tips that count.\n" });
  });
});
