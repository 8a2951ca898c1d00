import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  BlockDocument,
  BlockedUsersDocument,
  FollowersDocument,
  FollowingDocument,
  UserProfileDocument,
} from "../../../src/generated/operations.js";
import { listedUser, visibleUser } from "../../../src/modules/social/index.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { audit } from "../../support/tasks.js";
import { bansOf, publicUserId, seedUsers, uuidOf } from "./social-fixture.js";

let product: Product;
let viewer: Client;
let star: string;
/** Newest follower first: of every five, only the fourth and the fifth may be listed for the viewer. */
let fans: string[];
let listed: string[];
let listedForAll: string[];

beforeAll(async () => {
  product = await startProduct();
  viewer = await product.user();
  [star = "", ...fans] = await seedUsers(product, 61);
  // Two follow in the same millisecond, so that the id decides.
  for (const table of ["follower_id, followed_id", "followed_id, follower_id"]) {
    await product.app.db.execute(sql`
      insert into follows (${sql.raw(table)}, created_at)
      select id, ${star}::uuid, '2026-01-01T00:00:00Z'::timestamptz - (n / 2) * interval '1 ms'
      from unnest(${sql.param(fans)}::uuid[]) with ordinality as fan(id, n)`);
  }
  await product.app.db.execute(sql`
    insert into user_stats select id, 1, 1 from unnest(${sql.param(fans)}::uuid[]) as id
    union all select ${star}::uuid, 60, 60`);
  const order = await product.app.db.execute<{ id: string }>(
    sql`select follower_id as id from follows where followed_id = ${star} order by created_at desc, follower_id desc`,
  );
  fans = order.map(({ id }) => id);
  const { service } = product.app.modules.social;
  for (const [n, fan] of fans.entries()) {
    if (n % 5 === 0) await bansOf(product).ban({ userId: fan }, "a test");
    if (n % 5 === 1) await viewer.request(BlockDocument, { input: { userId: publicUserId(fan) } });
    if (n % 5 === 2) await service.block(fan, viewer.userId);
  }
  listed = fans.filter((_, n) => n % 5 > 2).map(publicUserId);
  listedForAll = fans.filter((_, n) => n % 5 > 0).map(publicUserId);
});
afterAll(async () => {
  expect(await audit(product)).toEqual([]);
  await product.close();
});

interface Page {
  nodes: { id: string }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

async function pagesOf(read: (after: string | null) => Promise<Page>): Promise<string[][]> {
  const pages: string[][] = [];
  for (let after: string | null = null; ; ) {
    const { nodes, pageInfo }: Page = await read(after);
    pages.push(nodes.map(({ id }) => id));
    if (!pageInfo.hasNextPage) return pages;
    after = pageInfo.endCursor;
  }
}

const followers = (client: Client) => (after: string | null) =>
  client
    .request(FollowersDocument, { id: publicUserId(star), first: 7, after })
    .then(({ user }) => user!.followers);
const following = (client: Client) => (after: string | null) =>
  client
    .request(FollowingDocument, { id: publicUserId(star), first: 7, after })
    .then(({ user }) => user!.following);

test("pages are full, newest first, and leave out banned users and blocks of either side", async () => {
  for (const list of [followers, following]) {
    const pages = await pagesOf(list(viewer));
    expect(pages.flat()).toEqual(listed);
    expect(pages.map((page) => page.length)).toEqual([7, 7, 7, 3]);
  }
});

test("without a login, only banned users are left out", async () => {
  for (const list of [followers, following]) {
    expect((await pagesOf(list(product.client()))).flat()).toEqual(listedForAll);
  }
});

test("counts are the same for every viewer: all without banned users", async () => {
  for (const client of [viewer, product.client()]) {
    const { user } = await client.request(UserProfileDocument, { id: publicUserId(star) });
    expect(user?.stats).toMatchObject({ followers: 48, following: 48 });
  }
});

test("blockedUsers lists every blocked user, most recently blocked first, also banned users and users who blocked back", async () => {
  const blocked = fans.filter((_, n) => n % 5 === 1);
  await bansOf(product).ban({ userId: blocked[0] as string }, "a test");
  await product.app.db.execute(sql`insert into blocks values (${blocked[1]}, ${uuidOf(viewer)}, now())`);
  const pages = await pagesOf((after) =>
    viewer.request(BlockedUsersDocument, { first: 5, after }).then(({ blockedUsers }) => blockedUsers),
  );
  expect(pages.flat()).toEqual(blocked.toReversed().map(publicUserId));
  await bansOf(product).unban({ userId: blocked[0] as string });
});

test("the lists of a user whom the viewer may not see are empty, also where blockedUsers shows the user", async () => {
  const [eve = ""] = await seedUsers(product, 1);
  const { service } = product.app.modules.social;
  await service.follow(fans[3] as string, publicUserId(eve));
  await product.app.db.execute(sql`
    insert into blocks values (${eve}::uuid, ${uuidOf(viewer)}::uuid, now()), (${uuidOf(viewer)}::uuid, ${eve}::uuid, now())`);
  const document =
    "{ blockedUsers(first: 1) { nodes { id followers { nodes { id } } following { nodes { id } } } } }";
  expect(await viewer.request(document)).toEqual({
    blockedUsers: { nodes: [{ id: publicUserId(eve), followers: { nodes: [] }, following: { nodes: [] } }] },
  });
});

test("a cursor of another list is BAD_USER_INPUT, and so is a page above 100", async () => {
  const variables = { id: publicUserId(star), first: 7 };
  expect(await viewer.errorCode(FollowersDocument, { ...variables, after: "x" })).toBe("BAD_USER_INPUT");
  expect(await viewer.errorCode(FollowersDocument, { ...variables, first: 101 })).toBe("BAD_USER_INPUT");
});

test("visibleUser and listedUser are conditions for any statement that joins users", async () => {
  const [banned, blocked, blocker, free] = fans as [string, string, string, string];
  const four = sql.param([banned, blocked, blocker, free]);
  const passing = async (condition: ReturnType<typeof visibleUser>) => {
    const rows = await product.app.db.execute<{ id: string }>(
      sql`select users.id from users where users.id = any(${four}::uuid[]) and ${condition}`,
    );
    return new Set(rows.map(({ id }) => id));
  };
  const id = sql`${uuidOf(viewer)}::uuid`;
  expect(await passing(visibleUser(id))).toEqual(new Set([blocked, free]));
  expect(await passing(listedUser(id))).toEqual(new Set([free]));
  for (const condition of [visibleUser(sql`null`), listedUser(sql`null`)]) {
    expect(await passing(condition)).toEqual(new Set([blocked, blocker, free]));
  }
});
