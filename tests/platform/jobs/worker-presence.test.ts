import { sql } from "drizzle-orm";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { livenessLockClass, WorkerLiveness } from "../../../src/platform/jobs/worker-liveness.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { until } from "../../support/until.js";

let testDb: TestDatabase;
beforeAll(async () => {
  testDb = await freshDatabase();
});
afterAll(async () => {
  await testDb.drop();
});

const workersKnown = async () => {
  const [locks] = await testDb.database.db.execute<{ count: number }>(sql`
    select count(*)::int as count from pg_locks l join pg_database d on d.oid = l.database
    where d.datname = current_database() and l.classid = ${livenessLockClass}`);
  return locks?.count;
};

test("when the database forgets all workers, as after a failover, none of them is taken for dead", async () => {
  const logger = pino({ level: "silent" });
  const [ana, ben] = [1, 2].map(() => new WorkerLiveness(testDb.url, testDb.database.db, logger)) as [
    WorkerLiveness,
    WorkerLiveness,
  ];
  await Promise.all([ana.start(), ben.start()]);
  expect(await ben.isAlive(ben.workerId + 1)).toBe(false);
  await testDb.database.db.execute(sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'skyriff-presence' and datname = current_database()`);
  await until("the loss of both locks", async () => (await workersKnown()) === 0);
  expect(await ben.isAlive(ana.workerId)).toBe(true);
  await until("both to be known again", async () => (await workersKnown()) === 2);
  expect(await ben.isAlive(ana.workerId)).toBe(true);
  await ana.stop();
  await until("the end of one to be believed", async () => !(await ben.isAlive(ana.workerId)));
  await ben.stop();
});
