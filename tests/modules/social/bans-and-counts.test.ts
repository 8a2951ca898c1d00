import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SocialService } from "../../../src/modules/social/social.service.js";
import { type Product, startProduct } from "../../support/product.js";
import { audit } from "../../support/tasks.js";
import { until } from "../../support/until.js";
import {
  bansOf,
  outcomesOf,
  publicUserId,
  rowsOf,
  seedUsers,
  socialBreachesOf,
  statsOf,
} from "./social-fixture.js";

let product: Product;
let social: SocialService;
beforeAll(async () => {
  product = await startProduct();
  social = product.app.modules.social.service;
});
afterAll(async () => {
  expect(await audit(product)).toEqual([]);
  await product.close();
});

const follow = (from: string, to: string) => social.follow(from, publicUserId(to));
const ban = (userId: string) => bansOf(product).ban({ userId }, "a test");
const unban = (userId: string) => bansOf(product).unban({ userId });
const countsOf = (ids: string[]) => Promise.all(ids.map((id) => statsOf(product, id)));

test("a ban takes a user out of all counts, and its end brings each count back", async () => {
  const [ana = "", bo = "", cy = ""] = await seedUsers(product, 3);
  await Promise.all([follow(ana, bo), follow(bo, ana), follow(cy, ana), follow(ana, cy)]);
  const before = await countsOf([ana, bo, cy]);
  await ban(ana);
  await ban(ana);
  expect(await countsOf([ana, bo, cy])).toEqual([
    { followers: 2, following: 2 },
    { followers: 0, following: 0 },
    { followers: 0, following: 0 },
  ]);
  expect(await socialBreachesOf(product)).toEqual([]);
  await unban(ana);
  await unban(ana);
  expect(await countsOf([ana, bo, cy])).toEqual(before);
});

test("bans of users who follow each other can begin and end in any order", async () => {
  const ids = await seedUsers(product, 4);
  await Promise.all(ids.flatMap((from) => ids.filter((to) => to !== from).map((to) => follow(from, to))));
  const before = await countsOf(ids);
  const [ana = "", bo = "", cy = ""] = ids;
  await Promise.all([ban(ana), ban(bo), ban(cy)]);
  expect(await socialBreachesOf(product)).toEqual([]);
  await Promise.all([unban(cy), unban(ana)]);
  expect(await socialBreachesOf(product)).toEqual([]);
  await unban(bo);
  expect(await countsOf(ids)).toEqual(before);
});

test("follows, blocks and unfollows raced with bans leave exact counts", async () => {
  for (let n = 0; n < 25; n++) {
    const [ana = "", bo = "", cy = ""] = await seedUsers(product, 3);
    await Promise.all([follow(ana, cy), follow(cy, ana), follow(bo, cy)]);
    const outcomes = await outcomesOf([
      ...[follow(ana, bo), follow(bo, ana), ban(bo), social.unfollow(ana, publicUserId(cy))],
      ...[social.block(cy, publicUserId(bo)), ban(cy), unban(bo), social.block(ana, publicUserId(cy))],
    ]);
    const allowed = ["ok", "UserNotFound", "AccountBanned"];
    expect(outcomes.filter((name) => !allowed.includes(name))).toEqual([]);
    expect(await socialBreachesOf(product)).toEqual([]);
    await Promise.all([unban(bo), unban(cy)]);
    expect(await socialBreachesOf(product)).toEqual([]);
  }
});

test("a follow that waits for a ban is refused", async () => {
  const [ana = "", bo = ""] = await seedUsers(product, 2);
  const { db } = product.testDb.database;
  const followed = await db.transaction(async (tx) => {
    await tx.execute(sql`select from users where id = ${bo} for update`);
    await tx.execute(sql`update users set banned_at = now(), ban_reason = 'a test' where id = ${bo}`);
    const call = outcomesOf([follow(ana, bo)]);
    await until("the follow waits", async () => {
      const [row] = await product.app.db.execute<{ waiting: number }>(
        sql`select count(*)::int as waiting from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return row?.waiting === 1;
    });
    return { call };
  });
  expect(await followed.call).toEqual(["UserNotFound"]);
  expect(await rowsOf(product, "follows", [ana, bo])).toBe(0);
  expect(await statsOf(product, ana)).toEqual({ followers: 0, following: 0 });
});
