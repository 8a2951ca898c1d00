import { sql } from "drizzle-orm";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { TaskFeed, taskPrefix } from "../../../src/modules/tasks/index.js";
import { Task, type TaskStatusEnum } from "../../../src/modules/tasks/tasks.graphql.js";
import { moveTask, recentTasksOf } from "../../../src/modules/tasks/tasks.repository.js";
import { tasksOfUser, toFilters } from "../../../src/modules/tasks/tasks-list.js";
import { createWalletFeed, grant } from "../../../src/modules/wallet/index.js";
import type { EventBus } from "../../../src/platform/events/event-bus.js";
import { PostgresBus } from "../../../src/platform/events/postgres-bus.js";
import { newUuid } from "../../../src/platform/ids/ids.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { planOf } from "../../support/plan-of.js";
import { requestedFields } from "../../support/requested-fields.js";
import { until } from "../../support/until.js";

const logger = pino({ level: "silent" });
let testDb: TestDatabase;
let bus: PostgresBus;
beforeAll(async () => {
  testDb = await freshDatabase();
  bus = new PostgresBus(testDb.url, logger);
  await bus.listen();
});
afterAll(async () => {
  await bus.close();
  await testDb.drop();
});

test("a subscriber that leaves while nothing happens is released at once and leaves nothing behind", async () => {
  const tasks = new TaskFeed(testDb.database.db, bus, logger);
  const wallets = createWalletFeed(testDb.database.db, bus, logger);
  for (const watching of [await tasks.watchUser(newUuid()), wallets.subscribe(newUuid())]) {
    const pending = watching.next();
    await watching.return?.();
    expect((await pending).done).toBe(true);
  }
  const unknown = tasks.watchTask(newUuid(), taskPrefix.toPublicId(newUuid()));
  await expect(unknown).rejects.toMatchObject({ code: "NOT_FOUND" });
  tasks.close();
  wallets.close();
});

describe("while no event arrives", () => {
  /** A bus that delivers no event and only reports a reconnect. */
  class SilentBus implements EventBus {
    reconnect = () => {};
    publish() {}
    subscribe() {
      return () => {};
    }
    onReconnect(listener: () => void) {
      this.reconnect = listener;
      return () => {};
    }
    async close() {}
  }
  const cancel = (id: string) => moveTask(testDb.database.db, id, { to: "CANCELED", finishedAt: new Date() });

  test("a task's change, a user's new and ended tasks and a wallet's change are found by the resync", async () => {
    const { db } = testDb.database;
    const [{ id: ana }, { id: ben }] = [await testDb.seed.user(), await testDb.seed.user()];
    const feed = new TaskFeed(db, new SilentBus(), logger);
    onTestFinished(() => feed.close());
    const wallets = createWalletFeed(db, new SilentBus(), logger);
    onTestFinished(() => wallets.close());
    const own = await testDb.seed.task(ana);
    const known = await testDb.seed.task(ben);
    const ofTask = await feed.watchTask(ana, taskPrefix.toPublicId(own));
    const ofUser = await feed.watchUser(ben);
    const ofWallet = wallets.subscribe(ana);
    expect((await ofTask.next()).value).toMatchObject({ row: { id: own }, status: "NOT_START" });
    const before = (await ofWallet.next()).value!;

    await cancel(own);
    await cancel(known);
    const fresh = await testDb.seed.task(ben);
    await db.transaction((tx) =>
      grant(tx, { userId: ana, credits: 5, reason: "a test", key: `grant:${ana}` }),
    );
    expect((await ofTask.next()).value).toMatchObject({ row: { id: own }, status: "CANCELED" });
    expect((await ofTask.next()).done).toBe(true);
    const received = [(await ofUser.next()).value!, (await ofUser.next()).value!];
    expect(Object.fromEntries(received.map(({ row, status }) => [row.id, status]))).toEqual({
      [known]: "CANCELED",
      [fresh]: "NOT_START",
    });
    expect((await ofWallet.next()).value).toMatchObject({ credits: before.credits + 5 });
  });

  test("a resync that runs while a user subscribes does not send tasks from before the subscription", async () => {
    const { db } = testDb.database;
    const { id: ana } = await testDb.seed.user();
    await testDb.seed.task(ana);
    const bus = new SilentBus();
    const feed = new TaskFeed(db, bus, logger);
    onTestFinished(() => feed.close());
    const [locked, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const holding = db.transaction(async (tx) => {
      await tx.execute(sql`lock table tasks in access exclusive mode`);
      locked.resolve();
      await release.promise;
    });
    await locked.promise;
    const following = feed.watchUser(ana);
    bus.reconnect();
    await until("both reads", async () => {
      const [waiting] = await db.execute<{ count: number }>(
        sql`select count(*)::int from pg_locks where relation = 'tasks'::regclass and not granted`,
      );
      return waiting?.count === 2;
    });
    release.resolve();
    await holding;
    const source = await following;
    const fresh = await testDb.seed.task(ana);
    bus.reconnect();
    expect((await source.next()).value).toMatchObject({ row: { id: fresh } });
  });
});

test("a user's unfinished tasks, and those that ended a moment ago, are found by indexes of them", async () => {
  const { db } = testDb.database;
  const { id: ana } = await testDb.seed.user();
  const others = await Promise.all(Array.from({ length: 20 }, () => testDb.seed.user()));
  for (const userId of [ana, ...others.map(({ id }) => id)]) {
    await db.execute(sql`
      insert into tasks (id, user_id, prompt, duration_sec, ratio, model, hd, cost_credits, status, progress, finished_at)
      select gen_random_uuid(), ${userId}, 'a cat', 10, 'RATIO_9_16', 'sora2', false, 10, 'SUCCESS', 100,
        now() - n * interval '1 hour' from generate_series(1, 1000) n`);
    if (userId === ana) continue;
    await db.execute(sql`
      insert into tasks (id, user_id, prompt, duration_sec, ratio, model, hd, cost_credits)
      select gen_random_uuid(), ${userId}, 'a cat', 10, 'RATIO_9_16', 'sora2', false, 10 from generate_series(1, 200)`);
  }
  await db.execute(sql`analyze tasks`);
  const late = await planOf(db, (watched) => recentTasksOf(watched, [ana]));
  expect(late).toMatch(/on tasks_unfinished_by_user/);
  expect(late).toMatch(/on tasks_finished_by_user/);
  const filters = toFilters({ status: ["QUEUED", "IN_PROGRESS"] as TaskStatusEnum[] }) ?? {};
  const request = {
    params: { user_id: ana },
    filters,
    page: { first: 20, after: null },
    fields: requestedFields("id"),
  };
  expect(await planOf(db, (watched) => tasksOfUser().read(watched, request, Task.of))).toMatch(
    /tasks_unfinished_by_user/,
  );
});
