import { sql } from "drizzle-orm";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countLiveWorkers, WorkerLiveness } from "../../../src/platform/jobs/worker-liveness.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { until } from "../../support/until.js";

let testDb: TestDatabase;
beforeAll(async () => {
  testDb = await freshDatabase();
});
afterAll(async () => {
  await testDb.drop();
});

test("while the database has lost all liveness locks, as after a failover, no worker counts as crashed", async () => {
  const { db } = testDb.database;
  const logger = pino({ level: "silent" });
  const first = new WorkerLiveness(testDb.url, db, logger);
  const second = new WorkerLiveness(testDb.url, db, logger);
  await Promise.all([first.start(), second.start()]);
  expect(await second.isAlive(second.workerId + 1)).toBe(false);
  await db.execute(sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'skyriff-presence' and datname = current_database()`);
  await until("the loss of both locks", async () => (await countLiveWorkers(db)) === 0);
  expect(await second.isAlive(first.workerId)).toBe(true);
  await until("both locks to be taken again", async () => (await countLiveWorkers(db)) === 2);
  expect(await second.isAlive(first.workerId)).toBe(true);
  await first.stop();
  await until("the first worker to count as crashed", async () => !(await second.isAlive(first.workerId)));
  await second.stop();
});
