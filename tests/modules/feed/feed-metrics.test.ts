import { afterAll, beforeAll, expect, test } from "vitest";
import { feedMetrics } from "../../../src/modules/feed/feed.metrics.js";
import { feedSnapshots } from "../../../src/modules/feed/feed.tables.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";

let testDb: TestDatabase;
beforeAll(async () => {
  testDb = await freshDatabase();
});
afterAll(() => testDb.drop());

test("the age of a feed is that of its newest order, and a feed that was never read has none", async () => {
  const { db } = testDb.database;
  expect(await feedMetrics.read(db)).toEqual([]);
  const order = (version: number, ageMin: number) => ({
    ...{ feed: "HOT", version, ids: [] },
    currentAt: new Date(Date.now() - ageMin * 60_000),
  });
  await db.insert(feedSnapshots).values([order(1, 60), order(2, 10)]);
  const [hot, ...others] = await feedMetrics.read(db);
  expect(others).toEqual([]);
  expect(hot).toMatchObject({ name: "skyriff_feed_snapshot_age_seconds", labels: { feed: "HOT" } });
  expect(hot?.value).toBeGreaterThan(590);
  expect(hot?.value).toBeLessThan(700);
});
