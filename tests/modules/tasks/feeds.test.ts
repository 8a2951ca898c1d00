import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TaskFeed } from "../../../src/modules/tasks/index.js";
import { moveTask } from "../../../src/modules/tasks/tasks.repository.js";
import { tasks } from "../../../src/modules/tasks/tasks.tables.js";
import { grant, WalletFeed } from "../../../src/modules/wallet/index.js";
import { Watchers } from "../../../src/platform/events/latest.js";
import { PostgresBus } from "../../../src/platform/events/postgres-bus.js";
import { ChangedReader } from "../../../src/platform/events/reader.js";
import { newUuid } from "../../../src/platform/ids.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
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
  const reader = new ChangedReader(read, () => {}, logger);
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
  const reader = new ChangedReader(read, tell, logger);
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
  const reader = new ChangedReader(read, (ids) => told.push(...ids), logger);
  reader.add(["bad"]);
  await until("the first read", () => reads.length === 1);
  reader.add(["good"]);
  gate.resolve();
  await until("the other is told", () => told.length === 1);
  expect(told).toEqual(["good"]);
});

test("what is known to be newer than what waits to be taken is not taken as told", () => {
  const watcher = new Watchers<{ version: number }>().open("user");
  watcher.offer("task", 3, { version: 3 });
  watcher.assume("task", 5);
  watcher.offer("task", 5, { version: 5 });
  expect(watcher.take()).toEqual({ done: false, value: { version: 5 } });
  expect(watcher.take()).toBeNull();
  watcher.assume("task", 7);
  watcher.offer("task", 7, { version: 7 });
  expect(watcher.take()).toBeNull();
});

describe("while no event arrives", () => {
  const unheard = {
    publish() {},
    subscribe: () => () => {},
    onReconnect: () => () => {},
    close: async () => {},
  };
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

  test("a task's change, a user's new and ended tasks and a wallet's change are found within seconds", async () => {
    const { db } = testDb.database;
    const shelf = new VideoShelf(db);
    const [ana, ben] = [await shelf.userWith(0), await shelf.userWith(0)];
    const feed = new TaskFeed(db, unheard, logger);
    const wallets = new WalletFeed(db, unheard, logger);
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
    feed.stop();
    wallets.stop();
  });
});
