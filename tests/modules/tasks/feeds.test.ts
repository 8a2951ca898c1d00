import { sql } from "drizzle-orm";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { TaskFeed } from "../../../src/modules/tasks/index.js";
import { Task, type TaskStatusEnum } from "../../../src/modules/tasks/tasks.graphql.js";
import { moveTask, recentTasksOf } from "../../../src/modules/tasks/tasks.repository.js";
import { tasks } from "../../../src/modules/tasks/tasks.tables.js";
import { tasksOfUser, toFilters } from "../../../src/modules/tasks/tasks-list.js";
import { grant, WalletFeed } from "../../../src/modules/wallet/index.js";
import type { EventBus } from "../../../src/platform/events/event-bus.js";
import { PostgresBus } from "../../../src/platform/events/postgres-bus.js";
import { newUuid } from "../../../src/platform/ids/ids.js";
import { ChangeReader } from "../../../src/platform/live/change-reader.js";
import { SubscriberMap } from "../../../src/platform/live/latest-value-queue.js";
import { startResync } from "../../../src/platform/live/resync.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { planOf } from "../../support/plan-of.js";
import { requestedFields } from "../../support/requested-fields.js";
import { until } from "../../support/until.js";
import { VideoShelf } from "../videos/video-shelf.js";

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

test("whoever hangs up while nothing happens is let go at once, and leaves nothing behind", async () => {
  const tasks = new TaskFeed(testDb.database.db, bus, logger);
  const wallets = new WalletFeed(testDb.database.db, bus, logger);
  for (const watching of [await tasks.followUser(newUuid()), wallets.follow(newUuid())]) {
    const pending = watching.next();
    await watching.return?.();
    expect((await pending).done).toBe(true);
  }
  expect(await tasks.follow(newUuid(), newUuid())).toBeNull();
  tasks.stop();
  wallets.stop();
});

test("changes that are told in one go are read together, and those that come meanwhile together after them", async () => {
  const reads: string[][] = [];
  const gate = Promise.withResolvers<void>();
  const read = async (ids: string[]) => {
    reads.push(ids);
    await gate.promise;
    return ids;
  };
  const reader = new ChangeReader(read, () => {}, logger);
  for (const id of ["a", "b", "a", "c"]) reader.add([id]);
  await until("the first read", () => reads.length === 1);
  for (const id of ["b", "d"]) reader.add([id]);
  gate.resolve();
  await until("the second read", () => reads.length === 2);
  expect(reads).toEqual([
    ["a", "b", "c"],
    ["b", "d"],
  ]);
});

test("the next read is under way while the last is told, and a change that telling brings is read too", async () => {
  const happened: string[] = [];
  const gate = Promise.withResolvers<void>();
  const read = async (ids: string[]) => {
    happened.push(`read ${ids}`);
    await gate.promise;
    return ids;
  };
  const tell = (ids: string[]) => {
    happened.push(`tell ${ids}`);
    if (ids.includes("b")) reader.add(["c"]);
  };
  const reader = new ChangeReader(read, tell, logger);
  reader.add(["a"]);
  await until("the first read", () => happened.length === 1);
  reader.add(["b"]);
  gate.resolve();
  await until("all is told", () => happened.includes("tell c"));
  expect(happened).toEqual(["read a", "read b", "tell a", "tell b", "read c", "tell c"]);
});

test("a read that fails takes nothing with it: what changed meanwhile is read and told", async () => {
  const reads: string[][] = [];
  const told: string[] = [];
  const gate = Promise.withResolvers<void>();
  const read = async (ids: string[]) => {
    reads.push(ids);
    await gate.promise;
    if (ids.includes("bad")) throw new Error("the database is away");
    return ids;
  };
  const reader = new ChangeReader(read, (ids) => told.push(...ids), logger);
  reader.add(["bad"]);
  await until("the first read", () => reads.length === 1);
  reader.add(["good"]);
  gate.resolve();
  await until("the other is told", () => told.length === 1);
  expect(told).toEqual(["good"]);
});

test("what is known to be newer than what waits to be taken is not taken as told", () => {
  const watcher = new SubscriberMap<{ version: number }>().open("user");
  watcher.push("task", 3, { version: 3 });
  watcher.markSeen("task", 5);
  watcher.push("task", 5, { version: 5 });
  expect(watcher.shift()).toEqual({ done: false, value: { version: 5 } });
  expect(watcher.shift()).toBeNull();
  watcher.markSeen("task", 7);
  watcher.push("task", 7, { version: 7 });
  expect(watcher.shift()).toBeNull();
});

describe("while no event arrives", () => {
  /** A bus on which nothing is heard but that it is back. */
  class Unheard implements EventBus {
    back = () => {};
    publish() {}
    subscribe() {
      return () => {};
    }
    onReconnect(listener: () => void) {
      this.back = listener;
      return () => {};
    }
    async close() {}
  }
  const order = {
    prompt: "a cat on grass",
    durationSec: 10,
    ratio: "RATIO_9_16",
    model: "SORA2",
    hd: false,
    costCredits: 10,
  };

  async function newTask(userId: string): Promise<string> {
    const id = newUuid();
    await testDb.database.db.insert(tasks).values({ ...order, id, userId });
    return id;
  }

  const cancel = (id: string) => moveTask(testDb.database.db, id, { to: "CANCELED", finishedAt: new Date() });

  test("a task's change, a user's new and ended tasks and a wallet's change are found all the same", async () => {
    const { db } = testDb.database;
    const shelf = new VideoShelf(db);
    const [ana, ben] = [await shelf.userWith(0), await shelf.userWith(0)];
    const feed = new TaskFeed(db, new Unheard(), logger);
    onTestFinished(() => feed.stop());
    const wallets = new WalletFeed(db, new Unheard(), logger);
    onTestFinished(() => wallets.stop());
    const own = await newTask(ana);
    const known = await newTask(ben);
    const ofTask = await feed.follow(ana, own);
    const ofUser = await feed.followUser(ben);
    const ofWallet = wallets.follow(ana);
    expect((await ofTask!.next()).value).toMatchObject({ id: own, status: "NOT_START" });
    const before = (await ofWallet.next()).value!;

    await cancel(own);
    await cancel(known);
    const fresh = await newTask(ben);
    await db.transaction((tx) =>
      grant(tx, { userId: ana, credits: 5, reason: "a test", key: `grant:${ana}` }),
    );
    expect((await ofTask!.next()).value).toMatchObject({ id: own, status: "CANCELED" });
    expect((await ofTask!.next()).done).toBe(true);
    const told = [(await ofUser.next()).value!, (await ofUser.next()).value!];
    expect(Object.fromEntries(told.map(({ id, status }) => [id, status]))).toEqual({
      [known]: "CANCELED",
      [fresh]: "NOT_START",
    });
    expect((await ofWallet.next()).value).toMatchObject({ creditsFree: before.creditsFree + 5 });
  });

  test("each id has its turn once in three seconds, and all have it at once when the bus is back", () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const bus = new Unheard();
    const ids = [..."0123456789abcdef"].map((digit) => `01a22162-7c58-75c7-a3dd-3349dde1baf${digit}`);
    let reviewed: string[] = [];
    const stop = startResync(bus, (isDue) => reviewed.push(...ids.filter(isDue)));
    for (let round = 0; round < 2; round += 1) {
      vi.advanceTimersByTime(3_000);
      expect(reviewed).toEqual(ids);
      reviewed = [];
    }
    bus.back();
    expect(reviewed).toEqual(ids);
    stop();
    vi.advanceTimersByTime(6_000);
    expect(reviewed).toEqual(ids);
  });

  test("a review that comes while a user begins to follow does not tell what was before", async () => {
    const { db } = testDb.database;
    const ana = await new VideoShelf(db).userWith(0);
    await newTask(ana);
    const bus = new Unheard();
    const feed = new TaskFeed(db, bus, logger);
    onTestFinished(() => feed.stop());
    const [locked, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const holding = db.transaction(async (tx) => {
      await tx.execute(sql`lock table tasks in access exclusive mode`);
      locked.resolve();
      await release.promise;
    });
    await locked.promise;
    const following = feed.followUser(ana);
    bus.back();
    await until("both reads", async () => {
      const [waiting] = await db.execute<{ count: number }>(
        sql`select count(*)::int from pg_locks where relation = 'tasks'::regclass and not granted`,
      );
      return waiting?.count === 2;
    });
    release.resolve();
    await holding;
    const source = await following;
    const fresh = await newTask(ana);
    bus.back();
    expect((await source.next()).value).toMatchObject({ id: fresh });
  });
});

test("a user's unfinished tasks, and those that ended a moment ago, are found by indexes of them", async () => {
  const { db } = testDb.database;
  const shelf = new VideoShelf(db);
  const ana = await shelf.userWith(0);
  for (const userId of [ana, ...(await Promise.all(Array.from({ length: 20 }, () => shelf.userWith(0))))]) {
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
