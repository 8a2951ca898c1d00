import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FeedDocument, type FeedKind, LikeWorkDocument } from "../../../src/generated/operations.js";
import type { Client } from "../../support/client.js";
import { openProduct, type Product, startProduct } from "../../support/product.js";
import { seedWorks } from "../../support/seed-works.js";
import { feedIds, feedPage, feedPages } from "./feed-pages.js";

const kinds: FeedKind[] = ["DISCOVER", "HOT", "FOLLOWING"];
const keepMs = 7_200_000;

let product: Product;
let author: Client;
let reader: Client;
let works: string[];
beforeAll(async () => {
  product = await startProduct({ settings: { FEED_REFRESH_MS: "0" } });
  [author, reader] = [await product.user(), await product.user()];
  works = await seedWorks(product, author.userId, 9);
  await reader.request("mutation ($id: ID!) { followUser(input: { userId: $id }) { user { id } } }", {
    id: author.userId,
  });
});
afterAll(() => product.close());

async function refusalOf(client: Client, kind: FeedKind, after: string | null, first = 2) {
  const { errors } = await client.execute(FeedDocument, { kind, first, after });
  const extensions = errors?.[0]?.extensions;
  return { code: extensions?.code, field: extensions?.field };
}

const refused = { code: "BAD_USER_INPUT", field: "after" };

describe.each(kinds)("a cursor of %s", (kind) => {
  let cursor: string;
  beforeAll(async () => {
    cursor = (await feedPage(reader, kind, 4)).endCursor as string;
  });

  test("leads to the next page, as often as it is used", async () => {
    const { ids } = await feedPage(reader, kind, 3, cursor);
    expect(ids).toEqual(works.slice(4, 7));
    expect((await feedPage(reader, kind, 3, cursor)).ids).toEqual(ids);
  });

  test("is refused by the other feeds", async () => {
    for (const other of kinds.filter((each) => each !== kind)) {
      expect(await refusalOf(reader, other, cursor)).toEqual(refused);
    }
    const { errors } = await reader.execute(
      "query ($after: String) { favorites(after: $after) { nodes { id } } }",
      {
        after: cursor,
      },
    );
    expect(errors?.[0]?.extensions).toMatchObject(refused);
  });

  test("is refused if it was cut, lengthened or changed in any character", async () => {
    const changed = [...cursor].map(
      (char, n) => `${cursor.slice(0, n)}${char === "A" ? "B" : "A"}${cursor.slice(n + 1)}`,
    );
    const cut = [...cursor].map((_, n) => cursor.slice(0, n));
    const answers = await Promise.all(
      [...changed, ...cut, `${cursor}A`, `${cursor}=`, ` ${cursor}`, "\u0000", "🐈"].map((after) =>
        refusalOf(reader, kind, after),
      ),
    );
    expect(answers.filter(({ code, field }) => code !== refused.code || field !== refused.field)).toEqual([]);
  });

  test("is the reader's only by what it names: another reader's page has what that reader may see", async () => {
    const stranger = await product.user();
    const { ids } = await feedPage(stranger, kind, 100, cursor);
    expect(ids).toEqual(kind === "FOLLOWING" ? [] : works.slice(4));
  });

  test("names a place, not a work: it still leads on when the work of its place is gone", async () => {
    await product.app.db.execute(sql`
      update works set status = 'UNPUBLISHED', publication_id = null
      where id = (select id from works order by published_at desc offset 3 limit 1)`);
    expect((await feedPage(reader, kind, 3, cursor)).ids).toEqual(works.slice(4, 7));
    await product.app.db.execute(sql`
      update works set status = 'PUBLISHED', publication_id = gen_random_uuid() where status = 'UNPUBLISHED'`);
  });
});

test("without a login, DISCOVER and HOT are answered, and FOLLOWING is UNAUTHENTICATED before anything else", async () => {
  const visitor = product.client();
  for (const kind of ["DISCOVER", "HOT"] as const) expect(await feedIds(visitor, kind, 4)).toEqual(works);
  expect(await refusalOf(visitor, "FOLLOWING", null)).toMatchObject({ code: "UNAUTHENTICATED" });
  expect(await refusalOf(visitor, "FOLLOWING", "x", 0)).toMatchObject({ code: "UNAUTHENTICATED" });
});

test.each(kinds)("a page of %s has 1 to 100 works, 20 by default", async (kind) => {
  for (const first of [0, -1, 101]) {
    expect(await refusalOf(reader, kind, null, first)).toEqual({ code: "BAD_USER_INPUT", field: "first" });
  }
  expect((await feedPages(reader, kind, 1)).map(({ ids }) => ids.length)).toEqual(Array(9).fill(1));
  const { feed } = await reader.request(FeedDocument, { kind });
  expect(feed.nodes).toHaveLength(9);
  expect((await reader.request(FeedDocument, { kind, first: null })).feed.nodes).toHaveLength(9);
});

test("creatorRanking and unlockedPrompts are empty, and refuse a bad first", async () => {
  const ranking = "query ($first: Int!) { creatorRanking(first: $first) { rank } }";
  expect(await product.client().request(ranking, { first: 100 })).toEqual({ creatorRanking: [] });
  for (const first of [0, 101]) expect(await reader.errorCode(ranking, { first })).toBe("BAD_USER_INPUT");
  const prompts =
    "query ($first: Int) { unlockedPrompts(first: $first) { nodes { text } pageInfo { hasNextPage } } }";
  expect(await reader.request(prompts, {})).toEqual({
    unlockedPrompts: { nodes: [], pageInfo: { hasNextPage: false } },
  });
  expect(await reader.errorCode(prompts, { first: 101 })).toBe("BAD_USER_INPUT");
  expect(await product.client().errorCode(prompts, {})).toBe("UNAUTHENTICATED");
});

describe("a server that was started later, with a feed that is refreshed once a minute", () => {
  let later: Awaited<ReturnType<typeof openProduct>>;
  let visitor: Client;
  beforeAll(async () => {
    const { DATABASE_URL, DATA_DIR } = { DATABASE_URL: product.testDb.url, DATA_DIR: product.dataDir };
    later = await openProduct(
      {
        ...{ DATABASE_URL, DATA_DIR, PORT: "0", VENDOR: "sandbox", LOG_LEVEL: "trace" },
        ...{ FEED_REFRESH_MS: "60000", RATE_LIMIT_PER_MINUTE: "60" },
      },
      { worker: false },
    );
    visitor = Object.assign(product.client(), { url: later.url });
  });
  afterAll(() => later.close());

  test("goes on with a chain that another server began, and keeps its first page for a minute", async () => {
    const { endCursor } = await feedPage(reader, "DISCOVER", 4);
    expect((await feedPage(visitor, "DISCOVER", 2, endCursor)).ids).toEqual(works.slice(4, 6));
    const before = await feedPage(visitor, "DISCOVER", 9);
    await reader.request(LikeWorkDocument, { input: { workId: works[8] as string } });
    expect((await feedPage(reader, "DISCOVER", 1)).ids).toEqual([works[8]]);
    expect((await feedPage(visitor, "DISCOVER", 9)).ids).toEqual(before.ids);
  });

  test("refuses a cursor after FEED_KEEP_MS, also if the snapshot was not deleted yet", async () => {
    const { endCursor } = await feedPage(reader, "HOT", 4);
    await reader.request(LikeWorkDocument, { input: { workId: works[7] as string } });
    await feedPage(reader, "HOT", 4);
    const age = (ms: number) =>
      product.app.db.execute(sql`
        update feed_snapshots set current_at = clock_timestamp() - ${ms} * interval '1 ms'
        where feed = 'HOT' and version < (select max(version) from feed_snapshots where feed = 'HOT')`);
    // A first page may be a minute old itself, so that its cursor is valid as long after it.
    await age(keepMs + 30_000);
    expect(await refusalOf(visitor, "HOT", endCursor)).toEqual({ code: undefined, field: undefined });
    await age(keepMs + 61_000);
    const third = await openProduct(
      {
        DATABASE_URL: product.testDb.url,
        DATA_DIR: product.dataDir,
        PORT: "0",
        VENDOR: "sandbox",
        LOG_LEVEL: "trace",
      },
      { worker: false },
    );
    try {
      const client = Object.assign(product.client(), { url: third.url });
      expect(await refusalOf(client, "HOT", endCursor)).toEqual(refused);
    } finally {
      await third.close();
    }
  });

  test("limits readers who are not logged in by their address", async () => {
    const codes = await Promise.all(
      Array.from({ length: 61 }, async () => (await refusalOf(visitor, "DISCOVER", null)).code),
    );
    expect(codes).toContain("RATE_LIMITED");
    const loggedIn = Object.assign(reader.sameUser(), { url: later.url });
    expect(await refusalOf(loggedIn, "DISCOVER", null)).toEqual({ code: undefined, field: undefined });
  });
});
