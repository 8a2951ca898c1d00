import { sql } from "drizzle-orm";
import { print } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  BlockDocument,
  BlockedUsersDocument,
  FollowDocument,
  FollowersDocument,
  FollowingDocument,
  UnblockDocument,
  UnfollowDocument,
  UserProfileDocument,
} from "../../../src/generated/operations.js";
import { newUuid } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { audit } from "../../support/tasks.js";
import { bansOf, publicUserId, seedUsers, uuidOf } from "./social-fixture.js";

let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(async () => {
  expect(await audit(product)).toEqual([]);
  await product.close();
});

const mutations = [FollowDocument, UnfollowDocument, BlockDocument, UnblockDocument].map(print);
const input = ({ userId }: { userId: string }) => ({ input: { userId } });
const profile = async (viewer: Client, { userId }: { userId: string }) =>
  (await viewer.request(UserProfileDocument, { id: userId })).user;
const errorOf = async (answer: Promise<{ errors?: { message: string; extensions: object }[] }>) =>
  (await answer).errors?.map(({ message, extensions }) => ({ message, ...extensions }))[0];

test("a user's page is public, except for the phone number", async () => {
  const [ana, bo] = [await product.user(), await product.user()];
  await bo.request(FollowDocument, input(ana));
  const public_ = {
    id: ana.userId,
    stats: { videosGenerated: 0, followers: 1, following: 0 },
    viewerFollows: false,
    followsViewer: false,
    viewerBlocks: false,
  };
  expect(await profile(product.client(), ana)).toMatchObject(public_);
  expect(await profile(bo, ana)).toMatchObject({ ...public_, viewerFollows: true });
  expect(await profile(ana, ana)).toMatchObject(public_);
  const phones = "query ($id: ID!) { user(id: $id) { phone } }";
  expect(await bo.request(phones, { id: ana.userId })).toEqual({ user: { phone: null } });
  expect(await ana.request(phones, { id: ana.userId })).toEqual({
    user: { phone: expect.stringContaining("***") },
  });
  const nodes = "query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }";
  expect(await bo.request(nodes, { id: ana.userId })).toEqual({
    node: { id: ana.userId },
    nodes: [{ id: ana.userId }],
  });
});

test("whoever follows sees it immediately, and following again changes nothing", async () => {
  const [ana, bo] = [await product.user(), await product.user()];
  for (let n = 0; n < 2; n++) {
    const { followUser } = await ana.request(FollowDocument, input(bo));
    expect(followUser.user).toMatchObject({ id: bo.userId, viewerFollows: true, stats: { followers: 1 } });
  }
  expect(await profile(ana, ana)).toMatchObject({ stats: { followers: 0, following: 1 } });
  expect(await profile(bo, ana)).toMatchObject({ followsViewer: true, viewerFollows: false });
  const { user: followed } = await ana.request(FollowersDocument, { id: bo.userId });
  expect(followed?.followers.nodes).toMatchObject([{ id: ana.userId }]);
  const { user: follower } = await product.client().request(FollowingDocument, { id: ana.userId });
  expect(follower?.following.nodes).toMatchObject([{ id: bo.userId, viewerFollows: false }]);
  for (let n = 0; n < 2; n++) {
    const { unfollowUser } = await ana.request(UnfollowDocument, input(bo));
    expect(unfollowUser.user).toMatchObject({ viewerFollows: false, stats: { followers: 0 } });
  }
  expect(await profile(ana, ana)).toMatchObject({ stats: { following: 0 } });
});

test("each of several mutations in one document shows its own result", async () => {
  const [ana, bo] = [await product.user(), await product.user()];
  const fields = "user { viewerFollows viewerBlocks stats { followers } }";
  const document = `mutation ($input: UserInput!) {
    a: followUser(input: $input) { ${fields} } b: unfollowUser(input: $input) { ${fields} }
    c: followUser(input: $input) { ${fields} } d: blockUser(input: $input) { ${fields} } }`;
  const result = (viewerFollows: boolean, viewerBlocks: boolean) => ({
    user: { viewerFollows, viewerBlocks, stats: { followers: viewerFollows ? 1 : 0 } },
  });
  expect(await ana.request(document, input(bo))).toEqual({
    ...{ a: result(true, false), b: result(false, false), c: result(true, false), d: result(false, true) },
  });
});

test("a block ends both follows, hides the blocker, and can be ended", async () => {
  const [ana, bo] = [await product.user(), await product.user()];
  await ana.request(FollowDocument, input(bo));
  await bo.request(FollowDocument, input(ana));
  for (let n = 0; n < 2; n++) {
    const { blockUser } = await ana.request(BlockDocument, input(bo));
    expect(blockUser.user).toMatchObject({ viewerBlocks: true, viewerFollows: false, followsViewer: false });
  }
  expect(await profile(ana, ana)).toMatchObject({ stats: { followers: 0, following: 0 } });
  expect(await profile(ana, bo)).toMatchObject({ viewerBlocks: true, stats: { followers: 0, following: 0 } });
  expect((await ana.request(BlockedUsersDocument)).blockedUsers.nodes).toMatchObject([{ id: bo.userId }]);
  expect(await profile(bo, ana)).toBeNull();
  expect(await bo.request("query ($id: ID!) { node(id: $id) { id } }", { id: ana.userId })).toEqual({
    node: null,
  });
  expect(await ana.errorCode(FollowDocument, input(bo))).toBe("NOT_FOUND");
  for (let n = 0; n < 2; n++) {
    const { unblockUser } = await ana.request(UnblockDocument, input(bo));
    expect(unblockUser.user).toMatchObject({ viewerBlocks: false });
  }
  expect(await profile(bo, ana)).toMatchObject({ viewerFollows: false });
  expect((await ana.request(BlockedUsersDocument)).blockedUsers.nodes).toEqual([]);
});

test("a user who does not exist, is suspended or has blocked the viewer is the same NOT_FOUND in every mutation", async () => {
  const [ana, blocker] = [await product.user(), await product.user()];
  const [banned = ""] = await seedUsers(product, 1);
  await bansOf(product).ban({ userId: banned }, "a test");
  await blocker.request(BlockDocument, input(ana));
  const ids = [
    publicUserId(newUuid()),
    publicUserId(banned),
    blocker.userId,
    "user_x",
    ana.userId.replace("user", "task"),
  ];
  for (const userId of ids) {
    for (const document of mutations) {
      expect(await errorOf(ana.execute(document, input({ userId })))).toEqual({
        ...{ code: "NOT_FOUND", field: "userId", message: "There is no user with this id." },
      });
    }
    expect(await profile(ana, { userId })).toBeNull();
  }
  for (const document of mutations) {
    expect(await errorOf(ana.execute(document, input(ana)))).toMatchObject({
      code: "BAD_USER_INPUT",
      field: "userId",
    });
    expect(await product.client().errorCode(document, input(blocker))).toBe("UNAUTHENTICATED");
  }
});

test("a block can be ended, and repeated, after its user was suspended or has blocked the viewer", async () => {
  const [ana, bo] = [await product.user(), await product.user()];
  await ana.request(BlockDocument, input(bo));
  await product.app.db.execute(sql`insert into blocks values (${uuidOf(bo)}, ${uuidOf(ana)}, now())`);
  await bansOf(product).ban({ userId: uuidOf(bo) }, "a test");
  expect(await profile(ana, bo)).toBeNull();
  expect((await ana.request(BlockedUsersDocument)).blockedUsers.nodes).toMatchObject([{ id: bo.userId }]);
  expect((await ana.request(BlockDocument, input(bo))).blockUser.user).toMatchObject({ viewerBlocks: true });
  expect((await ana.request(UnblockDocument, input(bo))).unblockUser.user).toMatchObject({
    viewerBlocks: false,
  });
  expect(await ana.errorCode(UnblockDocument, input(bo))).toBe("NOT_FOUND");
});

test("a suspended user whose request is still running changes nothing", async () => {
  const [ana = "", bo = ""] = await seedUsers(product, 2);
  const { service } = product.app.modules.social;
  await bansOf(product).ban({ userId: ana }, "a test");
  const refused = { code: "FORBIDDEN" };
  await expect(service.follow(ana, publicUserId(bo))).rejects.toMatchObject(refused);
  await expect(service.unfollow(ana, publicUserId(bo))).rejects.toMatchObject(refused);
  await expect(service.block(ana, publicUserId(bo))).rejects.toMatchObject(refused);
});
