import { pino } from "pino";
import { expect, test } from "vitest";
import { taskQueues } from "../../../src/modules/tasks/index.js";
import { connectDatabase } from "../../../src/platform/db/index.js";
import { PostgresBus } from "../../../src/platform/events/postgres-bus.js";
import { BossJobs } from "../../../src/platform/jobs/boss.js";
import { freshDatabase } from "../../support/database.js";

const logger = pino({ level: "silent" });

test("servers that start at the same time on a new database all find the job queues", async () => {
  const testDb = await freshDatabase({ empty: true });
  const bus = new PostgresBus(testDb.url, logger);
  const servers = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const { db, close } = connectDatabase({
        ...{ url: testDb.url, poolSize: 2, applicationName: "skyriff-jobs", prepare: false },
      });
      const jobs = await BossJobs.start({ db, bus, logger, queues: taskQueues, supervise: false });
      return { jobs, close };
    }),
  );
  const names = await Promise.all(servers.map(async ({ jobs }) => (await jobs.boss.getQueues()).length));
  expect(new Set(names)).toEqual(new Set([taskQueues.length + 1]));
  for (const { jobs, close } of servers) await jobs.stop().then(close);
  await bus.close();
  await testDb.drop();
});
