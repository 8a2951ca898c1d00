import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  CancelTaskDocument,
  CreateTasksDocument,
  MyTaskStatusDocument,
  RetryTaskDocument,
  TaskStatusDocument,
  type TaskStatusSubscription,
  TasksDocument,
  WalletChangedDocument,
} from "../../../src/generated/operations.js";
import { failureTexts } from "../../../src/modules/tasks/tasks.errors.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { audit, create, credits, ended, readTask } from "../../support/tasks.js";
import { until } from "../../support/until.js";

let product: Product;
beforeAll(async () => {
  product = await startProduct({ settings: { MAX_CONCURRENT_TASKS: "6" } });
});
afterAll(() => product.close());

const prompts = (...all: string[]) => all.map((prompt) => ({ prompt }));

describe("a batch", () => {
  test("is one transaction with a hold for each task, found again by its id", async () => {
    const ana = await product.user();
    const input = { tasks: prompts("one", "[fault:reject] two", "three"), idempotencyKey: "b" };
    const [first, second] = await Promise.all([
      ana.request(CreateTasksDocument, { input }),
      ana.request(CreateTasksDocument, { input }),
    ]);
    expect(second.createTasks.batchId).toBe(first.createTasks.batchId);
    const ids = first.createTasks.tasks.map((task) => task.id);
    const { tasks } = await ana.request(TasksDocument, { filter: { batchId: first.createTasks.batchId } });
    expect(new Set(tasks.nodes.map((task) => task.id))).toEqual(new Set(ids));
    const ends = await Promise.all(ids.map((id) => ended(ana, id)));
    expect(ends.map((task) => task.status)).toEqual(["SUCCESS", "FAILURE", "SUCCESS"]);
    expect(await credits(ana)).toEqual({ free: 80, held: 0 });
  });

  test("that exceeds the credits or the limit is rejected whole", async () => {
    const ana = await product.user();
    const dear = {
      tasks: Array.from({ length: 5 }, () => ({ prompt: "dear", model: "sora2-pro", durationSec: 25 })),
    };
    expect(await ana.errorCode(CreateTasksDocument, { input: dear })).toBe("INSUFFICIENT_CREDITS");
    const many = { tasks: prompts(..."abcdefg") };
    expect(await ana.errorCode(CreateTasksDocument, { input: many })).toBe("QUOTA_EXCEEDED");
    const wrong = { tasks: prompts("fine", " ") };
    expect(await ana.errorCode(CreateTasksDocument, { input: wrong })).toBe("BAD_USER_INPUT");
    for (const length of [0, 21]) {
      const tasks = prompts(...Array<string>(length).fill("x"));
      expect(await ana.errorCode(CreateTasksDocument, { input: { tasks } })).toBe("BAD_USER_INPUT");
    }
    expect((await ana.request(TasksDocument, {})).tasks.nodes).toEqual([]);
    expect(await credits(ana)).toEqual({ free: 100, held: 0 });
  });
});

describe("cancel", () => {
  test("before the start refunds everything, and a repeated cancel returns the task unchanged", async () => {
    const ana = await product.user();
    const id = await create(ana, { prompt: "[fault:503]" });
    const cancel = () => ana.request(CancelTaskDocument, { input: { taskId: id } });
    const answers = await Promise.all([cancel(), cancel(), cancel()]);
    for (const { cancelTask } of answers) {
      expect(cancelTask.task).toMatchObject({ status: "CANCELED", refunded: true });
    }
    expect(await credits(ana)).toEqual({ free: 100, held: 0 });
    expect((await readTask(ana, id)).entries).toHaveLength(2);
  });

  test("of a task that is being made or has ended is CONFLICT and changes nothing", async () => {
    const ana = await product.user();
    const stuck = await create(ana, { prompt: "[fault:stuck]" });
    await until("the start", async () => (await readTask(ana, stuck)).status === "IN_PROGRESS");
    expect(await ana.errorCode(CancelTaskDocument, { input: { taskId: stuck } })).toBe("CONFLICT");
    const done = await create(ana);
    await ended(ana, done);
    expect(await ana.errorCode(CancelTaskDocument, { input: { taskId: done } })).toBe("CONFLICT");
    expect(await credits(ana)).toEqual({ free: 80, held: 10 });
  });

  test("racing with the vendor ends each task in one way, with one refund or none", async () => {
    const ana = await product.user();
    const ids = await Promise.all(Array.from({ length: 6 }, (_, n) => create(ana, { prompt: `race ${n}` })));
    await Promise.all(
      ids.map(async (id, n) => {
        await until("its turn", async () => n % 2 === 0 || (await readTask(ana, id)).status !== "NOT_START");
        await ana.execute(CancelTaskDocument, { input: { taskId: id } });
      }),
    );
    const ends = await Promise.all(ids.map((id) => ended(ana, id)));
    const kept = ends.filter((task) => task.status === "SUCCESS").length;
    expect(ends.every((task) => task.status === "SUCCESS" || task.status === "CANCELED")).toBe(true);
    expect(await credits(ana)).toEqual({ free: 100 - kept * 10, held: 0 });
  });

  test("of another user's task is NOT_FOUND", async () => {
    const [ana, eve] = [await product.user(), await product.user()];
    const taskId = await create(ana, { prompt: "[fault:503 x1]" });
    expect(await eve.errorCode(CancelTaskDocument, { input: { taskId } })).toBe("NOT_FOUND");
    expect(await eve.errorCode(RetryTaskDocument, { input: { taskId } })).toBe("NOT_FOUND");
    expect((await ended(ana, taskId)).status).toBe("SUCCESS");
  });
});

test("retry creates a new task with the same settings, once per key, and only for a task without a video", async () => {
  const ana = await product.user();
  const id = await create(ana, {
    prompt: "[fault:reject x1] again",
    ratio: "RATIO_1_1",
    durationSec: 15,
    note: "mine",
  });
  expect((await ended(ana, id)).status).toBe("FAILURE");
  const retry = (taskId: string) =>
    ana.execute(RetryTaskDocument, { input: { taskId, idempotencyKey: "r" } });
  const [first, second] = await Promise.all([retry(id), retry(id)]);
  const again = first.data!.retryTask.task;
  expect(second.data?.retryTask.task.id).toBe(again.id);
  expect(again).toMatchObject({
    prompt: "[fault:reject x1] again",
    ratio: "RATIO_1_1",
    durationSec: 15,
    note: "mine",
    costCredits: 15,
  });
  expect(again.id).not.toBe(id);
  const stuck = await create(ana, { prompt: "[fault:stuck]" });
  expect(await ana.errorCode(RetryTaskDocument, { input: { taskId: stuck } })).toBe("CONFLICT");
});

test("each subscription to a task gets messages in its own language, with the same document", async () => {
  const ana = await product.user();
  const screens = ["zh", "en", "zh-CN"].map((language) => ana.sameUser(language));
  const taskId = await create(ana, { prompt: "[fault:503 x1] [fault:reject]" });
  const lastOf = async (screen: Client) => {
    let last: TaskStatusSubscription["taskStatus"] | null = null;
    for await (const { data } of screen.subscribe(TaskStatusDocument, { taskId })) last = data!.taskStatus;
    return last;
  };
  const ends = await Promise.all(screens.map(lastOf));
  const { en, zh } = failureTexts.VENDOR_REJECTED;
  expect(ends.map((end) => end?.failure)).toEqual(
    [zh, en, zh].map((message) => ({ code: "VENDOR_REJECTED", message })),
  );
  expect(new Set(ends.map((end) => end?.revision)).size).toBe(1);
  await Promise.all(screens.map((screen) => screen.disconnect()));
});

test("a user can subscribe to the wallet and all tasks, and gets no event of other users", async () => {
  const [ana, eve] = [await product.user(), await product.user()];
  const wallets: [number, number][] = [];
  const tasks: string[] = [];
  const told: unknown[] = [];
  const follow = async <T>(events: AsyncIterable<T>, take: (event: T) => void) => {
    for await (const event of events) take(event);
  };
  follow(ana.subscribe(WalletChangedDocument, {}), ({ data }) => {
    if (data) wallets.push([data.walletChanged.credits, data.walletChanged.heldCredits]);
  });
  follow(ana.subscribe(MyTaskStatusDocument, {}), ({ data }) => {
    if (data) tasks.push(`${data.myTaskStatus.id} ${data.myTaskStatus.status}`);
  });
  follow(eve.subscribe(MyTaskStatusDocument, {}), (event) => told.push(event));
  await until("the wallet as it is", () => wallets.length > 0);
  const id = await create(ana);
  await until("the end", () => tasks.includes(`${id} SUCCESS`));
  await until("the settled wallet", () => wallets.at(-1)?.join() === "90,0");
  expect(wallets[0]).toEqual([100, 0]);
  expect(told).toEqual([]);
  await Promise.all([ana.disconnect(), eve.disconnect()]);
});

test("at the end the audit finds nothing", async () => {
  expect(await audit(product)).toEqual([]);
});
