import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { FeedSnapshots } from "../../../src/modules/feed/snapshots.js";
import { deleteOldSnapshots } from "../../../src/modules/feed/snapshots.repository.js";
import { type Product, startProduct } from "../../support/product.js";
import { seedWorks } from "../../support/seed-works.js";
import { until } from "../../support/until.js";
import { feedPages } from "./feed-pages.js";

const keepMs = 7_200_000;

let product: Product;
let author: string;
beforeAll(async () => {
  product = await startProduct({ worker: false, settings: { FEED_REFRESH_MS: "0" } });
  author = (await product.seed.user()).id;
});
afterAll(() => product.close());
beforeEach(() => product.app.db.execute(sql`delete from feed_snapshots`));

/** The snapshots as one server has them. */
const server = (refreshMs: number) =>
  new FeedSnapshots({
    ...{ db: product.app.db, refreshMs, keepMs },
    updateCounts: () => product.app.modules.works.updateCounts(),
  });

const setAge = (ms: number) =>
  product.app.db.execute(
    sql`update feed_snapshots set current_at = clock_timestamp() - ${ms} * interval '1 ms'`,
  );

async function versions(): Promise<number[]> {
  const rows = await product.app.db.execute<{ version: string }>(
    sql`select version from feed_snapshots where feed = 'DISCOVER' order by version`,
  );
  return rows.map(({ version }) => Number(version));
}

test("a first page that finds a fresh snapshot of another server shows it", async () => {
  const made = await server(2_000).current("DISCOVER");
  await seedWorks(product, author, 1);
  expect((await server(2_000).current("DISCOVER")).ids).toEqual(made.ids);
  await setAge(2_001);
  expect((await server(2_000).current("DISCOVER")).ids).toHaveLength(made.ids.length + 1);
});

test("an unchanged order is not stored again", async () => {
  for (let n = 0; n < 5; n++) await server(0).current("DISCOVER");
  expect(await versions()).toEqual([1]);
  await seedWorks(product, author, 1);
  for (let n = 0; n < 5; n++) await server(0).current("DISCOVER");
  expect(await versions()).toEqual([1, 2]);
});

test("twenty first pages on several servers make one snapshot", async () => {
  await seedWorks(product, author, 1);
  const servers = Array.from({ length: 20 }, () => server(2_000));
  const made = await Promise.all(servers.map((each) => each.current("DISCOVER")));
  expect(new Set(made.map(({ version }) => version))).toEqual(new Set([1]));
});

/** Runs `act` while another server makes a snapshot of DISCOVER, which ends when `act` does. */
async function whileAnotherMakesOne<T>(act: () => Promise<T>): Promise<T> {
  return product.testDb.database.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('feed-snapshot:DISCOVER', 0))`);
    return act();
  });
}

test("while another server makes a snapshot, a first page shows the one before", async () => {
  const [one, other] = [server(2_000), server(2_000)];
  const before = await one.current("DISCOVER");
  await setAge(2_500);
  const shown = await whileAnotherMakesOne(() => other.current("DISCOVER"));
  expect(shown.version).toBe(before.version);
});

test("a snapshot from an hour ago is never a first page, also while another server makes a new one", async () => {
  const { ids } = await server(2_000).current("DISCOVER");
  await seedWorks(product, author, 1);
  await setAge(3_600_000);
  const waiting = await whileAnotherMakesOne(async () => {
    let isShown = false;
    const page = server(2_000).current("DISCOVER");
    page.finally(() => (isShown = true)).catch(() => {});
    await until("the page, or its wait", async () => isShown || (await isWaiting()));
    return { page };
  });
  expect((await waiting.page).ids).toHaveLength(ids.length + 1);
});

async function isWaiting(): Promise<boolean> {
  const [row] = await product.app.db.execute<{ waiting: number }>(
    sql`select count(*)::int as waiting from pg_locks where locktype = 'advisory' and not granted`,
  );
  return row?.waiting === 1;
}

test("old snapshots are deleted, except the newest of a feed", async () => {
  for (let n = 0; n < 3; n++) {
    await seedWorks(product, author, 1);
    await server(0).current("DISCOVER");
  }
  await setAge(keepMs + 1);
  await deleteOldSnapshots(product.app.db, keepMs);
  expect(await versions()).toEqual([3]);
});

test("DISCOVER and HOT end after 2,000 works", async () => {
  await seedWorks(product, author, 2_003);
  for (const kind of ["DISCOVER", "HOT"] as const) {
    const pages = await feedPages(product.client(), kind, 100);
    expect(pages.map(({ ids }) => ids.length)).toEqual(Array(20).fill(100));
    expect(new Set(pages.flatMap(({ ids }) => ids)).size).toBe(2_000);
  }
});
