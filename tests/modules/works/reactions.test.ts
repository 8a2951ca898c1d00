import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  FavoritesDocument,
  type FavoritesQuery,
  FavoriteWorkDocument,
  LikedWorksDocument,
  LikeWorkDocument,
  ShareWorkDocument,
  UnfavoriteWorkDocument,
  UnlikeWorkDocument,
  ViewWorksDocument,
  WorkDocument,
} from "../../../src/generated/operations.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { audit } from "../../support/tasks.js";
import { publish } from "../../support/works.js";

let product: Product;
let ana: Client;
let fans: Client[];
beforeAll(async () => {
  product = await startProduct({ settings: { FEED_REFRESH_MS: "0" } });
  ana = await product.user();
  fans = await Promise.all(Array.from({ length: 8 }, () => product.user()));
});
afterAll(() => product.close());

async function countsOf(id: string) {
  const { work } = await product.client().request(WorkDocument, { id });
  return work;
}

test("reactions count once for each user, and are seen at once", async () => {
  const { id: workId } = await publish(product, ana);
  const input = { workId };
  const [fan] = fans as [Client];
  expect((await fan.request(LikeWorkDocument, { input })).likeWork.work).toMatchObject({
    likeCount: 1,
    viewerLiked: true,
  });
  expect((await fan.request(LikeWorkDocument, { input })).likeWork.work).toMatchObject({ likeCount: 1 });
  expect((await fan.request(FavoriteWorkDocument, { input })).favoriteWork.work).toMatchObject({
    favoriteCount: 1,
    viewerFavorited: true,
  });
  await fan.request(ShareWorkDocument, { input });
  expect((await fan.request(ShareWorkDocument, { input })).shareWork.work).toMatchObject({ shareCount: 1 });
  await fan.request(ViewWorksDocument, { input: { workIds: [workId, workId] } });
  expect(
    (await fan.request(ViewWorksDocument, { input: { workIds: [workId] } })).viewWorks.works,
  ).toMatchObject([{ id: workId, viewCount: 1 }]);
  expect((await fan.request(UnlikeWorkDocument, { input })).unlikeWork.work).toMatchObject({
    likeCount: 0,
    viewerLiked: false,
  });
  expect((await fan.request(UnfavoriteWorkDocument, { input })).unfavoriteWork.work).toMatchObject({
    favoriteCount: 0,
  });
  expect(await countsOf(workId)).toMatchObject({
    likeCount: 0,
    favoriteCount: 0,
    shareCount: 1,
    viewCount: 1,
  });
});

test("the author's own reactions are theirs alone", async () => {
  const { id: workId } = await publish(product, ana);
  const { likeWork } = await ana.request(LikeWorkDocument, { input: { workId } });
  expect(likeWork.work).toMatchObject({ likeCount: 0, viewerLiked: true });
  expect((await ana.request(LikedWorksDocument, {})).likedWorks.nodes[0]).toMatchObject({ id: workId });
});

test("many users who like and unlike at once end with exact counts", async () => {
  const { id: workId } = await publish(product, ana);
  const input = { workId };
  await Promise.all(
    fans.flatMap((fan) =>
      Array.from({ length: 10 }, (_, n) =>
        n % 3 === 1 ? fan.request(UnlikeWorkDocument, { input }) : fan.request(LikeWorkDocument, { input }),
      ),
    ),
  );
  await Promise.all(fans.map((fan) => fan.request(LikeWorkDocument, { input })));
  expect(await countsOf(workId)).toMatchObject({ likeCount: fans.length });
  await product.app.modules.works.updateCounts();
  expect(await countsOf(workId)).toMatchObject({ likeCount: fans.length });
  const [waiting] = await product.app.db.execute<{ rows: number }>(
    sql`select count(*)::int as rows from work_stat_deltas`,
  );
  expect(waiting?.rows).toBe(0);
});

test("favorites are listed by the newest favorite, page by page", async () => {
  const works = [];
  for (let n = 0; n < 5; n++) works.push((await publish(product, ana)).id);
  const [, fan] = fans as [Client, Client];
  for (const workId of works) await fan.request(FavoriteWorkDocument, { input: { workId } });
  await fan.request(UnfavoriteWorkDocument, { input: { workId: works[0] as string } });
  await fan.request(FavoriteWorkDocument, { input: { workId: works[0] as string } });
  const seen: string[] = [];
  for (let after: string | null = null, hasNextPage = true; hasNextPage; ) {
    const { favorites }: FavoritesQuery = await fan.request(FavoritesDocument, { first: 2, after });
    seen.push(...favorites.nodes.map(({ id }) => id));
    hasNextPage = favorites.pageInfo.hasNextPage;
    after = favorites.pageInfo.endCursor;
  }
  expect(seen).toEqual([works[0], works[4], works[3], works[2], works[1]]);
});

test("a work that does not exist is NOT_FOUND, and passed over by viewWorks", async () => {
  const [fan] = fans as [Client];
  expect(await fan.errorCode(LikeWorkDocument, { input: { workId: "work_x" } })).toBe("NOT_FOUND");
  expect((await fan.request(ViewWorksDocument, { input: { workIds: ["work_x"] } })).viewWorks.works).toEqual(
    [],
  );
  expect(await fan.errorCode(ViewWorksDocument, { input: { workIds: [] } })).toBe("BAD_USER_INPUT");
  expect(await product.client().errorCode(LikeWorkDocument, { input: { workId: "work_x" } })).toBe(
    "UNAUTHENTICATED",
  );
});

test("the audit finds nothing", async () => {
  const breaches = (await audit(product)) as { invariant: string }[];
  expect(breaches.filter(({ invariant }) => /work/.test(invariant))).toEqual([]);
});
