import { sql } from "drizzle-orm";
import { print } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  BlockDocument,
  FavoriteWorkDocument,
  FollowDocument,
  LikeWorkDocument,
  ShareWorkDocument,
  UnblockDocument,
  UnfollowDocument,
  UnpublishWorkDocument,
} from "../../../src/generated/operations.js";
import { workPrefix } from "../../../src/modules/works/works.ids.js";
import { communityBreachesOf } from "../../support/audit.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { seedWorks, setPublishedAt } from "../../support/seed-works.js";
import { publish } from "../../support/works.js";
import { bansOf, publicUserId, seedUsers, uuidOf } from "../social/social-fixture.js";
import { feedIds, feedPages } from "./feed-pages.js";

const hourMs = 3_600_000;

let product: Product;
let authors: Client[];
let fans: Client[];
beforeAll(async () => {
  product = await startProduct({ settings: { FEED_REFRESH_MS: "0" } });
  authors = await Promise.all([1, 2, 3].map(() => product.user()));
  fans = await Promise.all([1, 2, 3, 4, 5, 6].map(() => product.user()));
});
afterAll(() => product.close());

const reactions = {
  likes: print(LikeWorkDocument),
  favorites: print(FavoriteWorkDocument),
  shares: print(ShareWorkDocument),
};

interface Published {
  id: string;
  publishedAtMs: number;
  likes: number;
  favorites: number;
  shares: number;
}

/** A work that these numbers of fans have reacted to. Its author and a suspended user have too. */
async function workWith(
  n: number,
  publishedAtMs: number,
  counts: Omit<Published, "id" | "publishedAtMs">,
): Promise<Published> {
  const author = authors[n % authors.length] as Client;
  const { id } = await publish(product, author);
  await setPublishedAt(product, id, new Date(publishedAtMs));
  for (const [name, document] of Object.entries(reactions)) {
    const people = fans.slice(0, counts[name as keyof typeof counts]);
    for (const client of [author, suspended, ...people]) {
      await client.request(document, { input: { workId: id } });
    }
  }
  return { id, publishedAtMs, ...counts };
}

let suspended: Client;
let works: Published[];
const ids = (sorted: Published[]) => sorted.map(({ id }) => id);
const uuid = (id: string) => workPrefix.toUuid(id) as string;
const byId = (a: Published, b: Published) => (uuid(a.id) < uuid(b.id) ? 1 : -1);

beforeAll(async () => {
  suspended = await product.user();
  const now = Math.floor(Date.now() / 1_000) * 1_000;
  works = await Promise.all([
    // Equal in everything, so that the id decides.
    workWith(0, now - hourMs, { likes: 2, favorites: 0, shares: 0 }),
    workWith(1, now - hourMs, { likes: 2, favorites: 0, shares: 0 }),
    // One day older with twice the points: 1 + 2 is half of 1 + 5.
    workWith(2, now - 25 * hourMs, { likes: 5, favorites: 0, shares: 0 }),
    workWith(0, now - 23.9 * hourMs, { likes: 2, favorites: 0, shares: 0 }),
    workWith(1, now - 3 * hourMs, { likes: 0, favorites: 3, shares: 0 }),
    workWith(2, now - 3 * hourMs, { likes: 1, favorites: 1, shares: 1 }),
    workWith(0, now - 60 * hourMs, { likes: 6, favorites: 6, shares: 6 }),
    workWith(1, now - 5_000, { likes: 0, favorites: 0, shares: 0 }),
    workWith(2, now - 10_000, { likes: 0, favorites: 0, shares: 1 }),
  ]);
  await bansOf(product).ban({ userId: uuidOf(suspended) }, "a test");
});

describe("DISCOVER", () => {
  test("is in the order of log2(1 + L + 2F + 3S) + publishedAt in days, without the author's and suspended users' reactions", async () => {
    const score = ({ likes, favorites, shares, publishedAtMs }: Published) =>
      Math.log2(1 + likes + 2 * favorites + 3 * shares) + publishedAtMs / 86_400_000;
    // Scores that differ in the last digits only are equal: a day and a doubling are the same.
    const isEqual = (a: Published, b: Published) => Math.abs(score(a) - score(b)) < 1e-9;
    const sorted = works.toSorted((a, b) =>
      isEqual(a, b) ? b.publishedAtMs - a.publishedAtMs || byId(a, b) : score(b) - score(a),
    );
    for (const client of [authors[0] as Client, fans[0] as Client, product.client()]) {
      expect(await feedIds(client, "DISCOVER")).toEqual(ids(sorted));
      expect((await feedPages(client, "DISCOVER", 2)).map((page) => page.ids.length)).toEqual([
        ...[2, 2, 2, 2, 1],
      ]);
    }
    const rows = await product.app.db.execute<{ id: string; score: number }>(
      sql`select work_id as id, discover_score as score from work_stats where discover_score is not null`,
    );
    const stored = new Map(rows.map((row) => [row.id, row.score]));
    for (const work of works) expect(stored.get(uuid(work.id))).toBeCloseTo(score(work), 8);
  });
});

describe("HOT", () => {
  test("has the works of the last 24 hours, most likes first, then newest, then by id", async () => {
    const sorted = works
      .filter(({ publishedAtMs }) => Date.now() - publishedAtMs < 24 * hourMs)
      .toSorted((a, b) => b.likes - a.likes || b.publishedAtMs - a.publishedAtMs || byId(a, b));
    expect(sorted).toHaveLength(7);
    for (const client of [authors[0] as Client, product.client()]) {
      expect(await feedIds(client, "HOT", 3)).toEqual(ids(sorted));
    }
  });
});

describe("FOLLOWING", () => {
  const newestFirst = (list: Published[]) =>
    ids(list.toSorted((a, b) => b.publishedAtMs - a.publishedAtMs || byId(a, b)));
  const worksBy = (...numbers: number[]) => works.filter((_, n) => numbers.includes(n % authors.length));
  const following = (client: Client) => feedIds(client, "FOLLOWING", 2);
  const input = ({ userId }: Client) => ({ input: { userId } });

  test("has the works of followed users, newest first, and follows and unfollows count at once", async () => {
    const reader = await product.user();
    expect(await following(reader)).toEqual([]);
    await reader.request(FollowDocument, input(authors[0] as Client));
    expect(await following(reader)).toEqual(newestFirst(worksBy(0)));
    await reader.request(FollowDocument, input(authors[1] as Client));
    expect(await following(reader)).toEqual(newestFirst(worksBy(0, 1)));
    await reader.request(UnfollowDocument, input(authors[0] as Client));
    expect(await following(reader)).toEqual(newestFirst(worksBy(1)));
    const { id: workId } = await publish(product, authors[1] as Client);
    expect((await following(reader))[0]).toBe(workId);
    await authors[1]?.request(UnpublishWorkDocument, { input: { workId } });
    expect(await following(reader)).toEqual(newestFirst(worksBy(1)));
  });

  test("has no works of the reader", async () => {
    const [ana, bo] = authors as [Client, Client];
    await ana.request(FollowDocument, input(bo));
    await bo.request(FollowDocument, input(ana));
    expect(await following(ana)).toEqual(newestFirst(worksBy(1)));
    expect(await feedIds(ana, "DISCOVER")).toContain(worksBy(0)[0]?.id);
  });

  test("leaves out works of suspended users and of users on either side of a block", async () => {
    const [reader, author] = [await product.user(), await product.user()];
    const { id } = await publish(product, author);
    await reader.request(FollowDocument, input(author));
    expect(await following(reader)).toEqual([id]);
    await bansOf(product).ban({ userId: uuidOf(author) }, "a test");
    expect(await following(reader)).toEqual([]);
    await bansOf(product).unban({ userId: uuidOf(author) });
    expect(await following(reader)).toEqual([id]);
    // As if the follow came after the block, which the product rules out.
    for (const [from, to] of [
      [author, reader],
      [reader, author],
    ] as const) {
      await product.app.db.execute(sql`insert into blocks values (${uuidOf(from)}, ${uuidOf(to)}, now())`);
      expect(await following(reader)).toEqual([]);
      await product.app.db.execute(sql`delete from blocks where blocker_id = ${uuidOf(from)}`);
    }
    await reader.request(BlockDocument, input(author));
    await reader.request(UnblockDocument, input(author));
    expect(await following(reader)).toEqual([]);
    await reader.request(FollowDocument, input(author));
    expect(await following(reader)).toEqual([id]);
  });

  test("has the same works in the same order if the reader also follows hundreds of users who publish nothing", async () => {
    const [reader, others] = [await product.user(), await seedUsers(product, 301)];
    for (const author of authors) await reader.request(FollowDocument, input(author));
    const writers = others.slice(0, 5);
    for (const writer of writers) await seedWorks(product, writer, 3);
    const follow = (people: string[]) =>
      Promise.all(
        people.map((id) => product.app.modules.social.service.follow(uuidOf(reader), publicUserId(id))),
      );
    await follow(writers);
    const few = await feedPages(reader, "FOLLOWING", 4);
    await follow(others.slice(5));
    const many = await feedPages(reader, "FOLLOWING", 4);
    expect(few.flatMap((page) => page.ids)).toHaveLength(works.length + 15);
    expect(many).toEqual(few);
    await bansOf(product).ban({ userId: writers[0] as string }, "a test");
    expect((await following(reader)).length).toBe(works.length + 12);
  });
});

test("the audit finds nothing in works, follows and blocks", async () => {
  expect(await communityBreachesOf(product.app.db)).toEqual([]);
});
