import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { relationsChanged } from "../../../src/modules/social/index.js";
import type { SocialService } from "../../../src/modules/social/social.service.js";
import { foldUserStats } from "../../../src/modules/social/user-stats.repository.js";
import { type Product, startProduct } from "../../support/product.js";
import { audit } from "../../support/tasks.js";
import { until } from "../../support/until.js";
import { outcomesOf, publicUserId, rowsOf, seedUsers, statsOf } from "./social-fixture.js";

let product: Product;
let social: SocialService;
beforeAll(async () => {
  product = await startProduct({ settings: { FOLLOWS_MAX: "5" } });
  social = product.app.modules.social.service;
});
afterAll(async () => {
  expect(await audit(product)).toEqual([]);
  await product.close();
});

const follow = (from: string, to: string) => social.follow(from, publicUserId(to));
const unfollow = (from: string, to: string) => social.unfollow(from, publicUserId(to));
const block = (from: string, to: string) => social.block(from, publicUserId(to));

test("twenty follows of the same user at once count once, and twenty unfollows too", async () => {
  const [ana = "", bo = ""] = await seedUsers(product, 2);
  expect(new Set(await outcomesOf(Array.from({ length: 20 }, () => follow(ana, bo))))).toEqual(
    new Set(["ok"]),
  );
  expect(await statsOf(product, bo)).toEqual({ followers: 1, following: 0 });
  expect(await statsOf(product, ana)).toEqual({ followers: 0, following: 1 });
  await Promise.all(Array.from({ length: 20 }, () => unfollow(ana, bo)));
  expect(await statsOf(product, bo)).toEqual({ followers: 0, following: 0 });
});

test("twenty users who follow one user at once are twenty followers, and stay so when the counts are folded", async () => {
  const [star = "", ...fans] = await seedUsers(product, 21);
  await Promise.all(fans.map((fan) => follow(fan, star)));
  expect(await statsOf(product, star)).toEqual({ followers: 20, following: 0 });
  const folded = sql`select followers from user_stats where user_id = ${star} and not exists (select from user_stat_deltas)`;
  const [row] = await until("the fold", async () => {
    const rows = await product.app.db.execute<{ followers: number }>(folded);
    return rows.length > 0 && rows;
  });
  expect(row).toEqual({ followers: 20 });
  await Promise.all(fans.slice(5).map((fan) => unfollow(fan, star)));
  expect(await statsOf(product, star)).toEqual({ followers: 5, following: 0 });
});

test("folds at once, beside follows, lose and double nothing", async () => {
  const [star = "", ...fans] = await seedUsers(product, 31);
  const fold = () => product.app.db.transaction(foldUserStats);
  const act = async (fan: string) => {
    await follow(fan, star);
    await unfollow(fan, star);
    await follow(fan, star);
  };
  await Promise.all(fans.flatMap((fan) => [act(fan), fold()]));
  expect(await statsOf(product, star)).toEqual({ followers: 30, following: 0 });
  expect(await audit(product)).toEqual([]);
});

test("follows and blocks at once from both sides leave no follow beside a block", async () => {
  for (let n = 0; n < 40; n++) {
    const [ana = "", bo = ""] = await seedUsers(product, 2);
    const outcomes = await outcomesOf([
      follow(ana, bo),
      follow(bo, ana),
      block(ana, bo),
      follow(bo, ana),
      unfollow(ana, bo),
    ]);
    expect(outcomes[2]).toBe("ok");
    expect(outcomes.filter((name) => name !== "ok" && name !== "UserNotFound")).toEqual([]);
    expect(await rowsOf(product, "follows", [ana, bo])).toBe(0);
    expect(await rowsOf(product, "blocks", [ana, bo])).toBe(1);
    expect(await statsOf(product, ana)).toEqual({ followers: 0, following: 0 });
    expect(await statsOf(product, bo)).toEqual({ followers: 0, following: 0 });
  }
});

test("of two users who block each other at once, both have blocked the other", async () => {
  const [ana = "", bo = ""] = await seedUsers(product, 2);
  const [first, second] = [product.testDb.database.db, product.app.db];
  // Holds the lock of the pair until both calls have begun.
  const outcomes = await first.transaction(async (tx) => {
    const pair = [ana, bo].sort().join();
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`relation of ${pair}`}, 0))`);
    const calls = outcomesOf([block(ana, bo), block(bo, ana)]);
    await until("both wait", async () => {
      const [row] = await second.execute<{ waiting: number }>(
        sql`select count(*)::int as waiting from pg_locks where locktype = 'advisory' and not granted`,
      );
      return row?.waiting === 2;
    });
    return { calls };
  });
  expect(await outcomes.calls).toEqual(["ok", "ok"]);
  expect(await rowsOf(product, "blocks", [ana, bo])).toBe(2);
});

test("twenty follows at once stop exactly at FOLLOWS_MAX, and following again is no new follow", async () => {
  const [ana = "", ...others] = await seedUsers(product, 21);
  const outcomes = await outcomesOf(others.map((other) => follow(ana, other)));
  expect(outcomes.filter((name) => name === "ok")).toHaveLength(5);
  expect(new Set(outcomes)).toEqual(new Set(["ok", "TooManyFollows"]));
  expect(await statsOf(product, ana)).toEqual({ followers: 0, following: 5 });
  const followed = others[outcomes.indexOf("ok")] as string;
  const refused = others[outcomes.indexOf("TooManyFollows")] as string;
  await follow(ana, followed);
  await expect(follow(ana, refused)).rejects.toMatchObject({ code: "QUOTA_EXCEEDED", facts: { limit: 5 } });
  await unfollow(ana, followed);
  await follow(ana, refused);
});

test("blocks at once stop exactly at 5,000", async () => {
  const [ana = "", ...others] = await seedUsers(product, 5_005);
  await product.app.db.execute(sql`
    insert into blocks select ${ana}::uuid, id, now() from unnest(${sql.param(others.slice(0, 4_998))}::uuid[]) as id`);
  const outcomes = await outcomesOf(others.slice(4_998).map((other) => block(ana, other)));
  expect(outcomes.toSorted()).toEqual([...Array(4).fill("TooManyBlocks"), "ok", "ok"]);
  const last = others.slice(4_998)[outcomes.indexOf("TooManyBlocks")] as string;
  await expect(block(ana, last)).rejects.toMatchObject({ code: "QUOTA_EXCEEDED", facts: { limit: 5_000 } });
  await block(ana, others[0] as string);
});

test("a block and its end are announced for both users, once each", async () => {
  const [ana = "", bo = ""] = await seedUsers(product, 2);
  const events: string[][] = [];
  const unsubscribe = product.app.bus.subscribe(relationsChanged, ({ userIds }) => events.push(userIds));
  await block(ana, bo);
  await block(ana, bo);
  await social.unblock(ana, publicUserId(bo));
  await social.unblock(ana, publicUserId(bo));
  await until("the events", () => events.length >= 2);
  unsubscribe();
  expect(events).toEqual([
    [ana, bo],
    [ana, bo],
  ]);
});
