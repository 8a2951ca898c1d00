import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { VendorHealth } from "../../../src/modules/tasks/index.js";
import { vendorHealth } from "../../../src/modules/tasks/tasks.tables.js";
import { newUuid } from "../../../src/platform/ids/ids.js";
import { createLogger } from "../../../src/platform/observability/logger.js";
import { VendorDirectory } from "../../../src/vendors/vendor-directory.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { until } from "../../support/until.js";

const vendor = "dyuapi";
const [ana, ben, cleo] = [newUuid(), newUuid(), newUuid()] as const;
let testDb: TestDatabase;
/** Of two servers. */
let here: VendorHealth;
let there: VendorHealth;

beforeAll(async () => {
  testDb = await freshDatabase();
  const logger = await createLogger({ level: "fatal", pretty: false });
  const vendors = new VendorDirectory(new Map());
  [here, there] = [
    new VendorHealth(testDb.database.db, vendors, logger),
    new VendorHealth(testDb.database.db, vendors, logger),
  ];
  for (const health of [here, there]) await health.start({ probe: false });
});
afterAll(async () => {
  for (const health of [here, there]) health.stop();
  await testDb.drop();
});
afterEach(async () => {
  await testDb.database.db.delete(vendorHealth);
  await until("closed circuits", () => here.isHealthy(vendor) && there.isHealthy(vendor));
});

const rowNow = async () =>
  (await testDb.database.db.select().from(vendorHealth).where(eq(vendorHealth.vendor, vendor)))[0];

const fail = async (times: number, ...users: string[]) => {
  for (let n = 0; n < times; n++) await here.recordFailure(vendor, users[n % users.length] as string);
};

test("failures of one user, or of two, however many, leave the circuit closed", async () => {
  await fail(80, ana);
  expect((await rowNow())?.openedAt).toBeNull();
  await fail(80, ana, ben);
  expect(await rowNow()).toMatchObject({ openedAt: null, failuresInARow: 160 });
  expect(here.isHealthy(vendor)).toBe(true);
});

test("the tenth failure opens it when three users had one, on every server", async () => {
  await fail(9, ana, ben, cleo);
  expect(here.isHealthy(vendor)).toBe(true);
  await fail(1, ana);
  expect(here.isHealthy(vendor)).toBe(false);
  await until("the other server to know", () => !there.isHealthy(vendor));
});

test("after more than ten failures the third user's first one opens it", async () => {
  await fail(12, ana, ben);
  expect(here.isHealthy(vendor)).toBe(true);
  await fail(1, cleo);
  expect(here.isHealthy(vendor)).toBe(false);
});

test("an answer on another server ends the run at once, its users included", async () => {
  await fail(9, ana, ben, cleo);
  await there.recordAnswer(vendor);
  expect(await rowNow()).toMatchObject({ failuresInARow: 0, failingUsers: [], openedAt: null });
  await fail(9, ana, ben);
  await fail(9, ana);
  expect(here.isHealthy(vendor)).toBe(true);
});

test("an answer closes an open circuit, and ten more failures open it again", async () => {
  await fail(10, ana, ben, cleo);
  await here.recordAnswer(vendor);
  expect(here.isHealthy(vendor)).toBe(true);
  await fail(10, ana, ben, cleo);
  expect(here.isHealthy(vendor)).toBe(false);
});

test("failures at the same moment on two servers are all counted, each user once", async () => {
  const users = [ana, ben, ana, ben, ana, ben, ana, ben, cleo];
  await Promise.all(
    users.flatMap((user) => [here.recordFailure(vendor, user), there.recordFailure(vendor, user)]),
  );
  const row = await rowNow();
  expect(row?.failuresInARow).toBe(18);
  expect([...(row?.failingUsers ?? [])].sort()).toEqual([ana, ben, cleo].sort());
  expect(row?.openedAt).not.toBeNull();
});
