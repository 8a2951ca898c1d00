import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  CancelTaskDocument,
  CreateTaskDocument,
  CreateTasksDocument,
  DownloadNoWatermarkDocument,
  PricesDocument,
  RetryTaskDocument,
  StatementDocument,
  TasksDocument,
} from "../../../src/generated/operations.js";
import { originalKey } from "../../../src/modules/videos/files/video-keys.js";
import type { ApiResult, Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { audit, create, credits, readTask } from "../../support/tasks.js";

let product: Product;
beforeAll(async () => {
  // Without a worker, so that only these calls race.
  product = await startProduct({
    worker: false,
    settings: { MAX_CONCURRENT_TASKS: "40", MAX_TASKS_PER_DAY: "25", SIGNUP_CREDITS: "1000" },
  });
});
afterAll(() => product.close());

const atOnce = <T>(times: number, call: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: times }, (_, n) => call(n)));

const codesOf = (answers: ApiResult<unknown>[]) =>
  answers.flatMap(({ errors }) => errors ?? []).map(({ extensions }) => extensions.code);

async function tasksOf(client: Client) {
  return (await client.request(TasksDocument, { first: 100 })).tasks.nodes;
}

/** Tasks of seeded videos: no credits were paid for them. */
const unpaid: string[] = [];

async function newVideo(client: Client): Promise<string> {
  const { id, taskId, publicId } = await product.seed.video(client.userId);
  unpaid.push(taskId);
  await product.app.storage.put(originalKey(id), Buffer.from("an mp4"), { contentType: "video/mp4" });
  return publicId;
}

async function canceled(client: Client): Promise<string> {
  const taskId = await create(client);
  await client.request(CancelTaskDocument, { input: { taskId } });
  return taskId;
}

describe("twenty equal calls at once under one key do their work once and get one answer", () => {
  const idempotencyKey = "the same";

  test("createTask", async () => {
    const ana = await product.user();
    const input = { prompt: "once", idempotencyKey };
    const answers = await atOnce(20, () => ana.request(CreateTaskDocument, { input }));
    expect(new Set(answers.map(({ createTask }) => createTask.task.id)).size).toBe(1);
    expect(await tasksOf(ana)).toHaveLength(1);
    expect(await credits(ana)).toEqual({ free: 990, held: 10 });
  });

  test("createTasks", async () => {
    const ana = await product.user();
    const input = { tasks: [{ prompt: "one" }, { prompt: "two", durationSec: 15 }], idempotencyKey };
    const answers = await atOnce(20, () => ana.request(CreateTasksDocument, { input }));
    const told = new Set(
      answers.map(({ createTasks: { batchId, tasks } }) =>
        [batchId, ...tasks.map(({ id, prompt }) => `${id} ${prompt}`)].join(),
      ),
    );
    expect(told.size).toBe(1);
    expect(await tasksOf(ana)).toHaveLength(2);
    expect(await credits(ana)).toEqual({ free: 975, held: 25 });
  });

  test("retryTask", async () => {
    const ana = await product.user();
    const input = { taskId: await canceled(ana), idempotencyKey };
    const answers = await atOnce(20, () => ana.request(RetryTaskDocument, { input }));
    expect(new Set(answers.map(({ retryTask }) => retryTask.task.id)).size).toBe(1);
    expect(await tasksOf(ana)).toHaveLength(2);
    expect(await credits(ana)).toEqual({ free: 990, held: 10 });
  });

  test("downloadNoWatermark", async () => {
    const ana = await product.user();
    const input = { videoId: await newVideo(ana), idempotencyKey };
    const answers = await atOnce(20, () => ana.request(DownloadNoWatermarkDocument, { input }));
    const links = answers.map(({ downloadNoWatermark }) => downloadNoWatermark.downloadUrl);
    for (const link of new Set(links)) expect(await (await fetch(link)).text()).toBe("an mp4");
    expect(answers.at(-1)?.downloadNoWatermark.video.downloadCount).toBe(1);
    expect(await credits(ana)).toEqual({ free: 994, held: 0 });
  });

  test("and the key is another one for another mutation and another user", async () => {
    const [ana, bo] = [await product.user(), await product.user()];
    const ids = [
      await create(ana, { idempotencyKey }),
      await create(bo, { idempotencyKey }),
      (await ana.request(CreateTasksDocument, { input: { tasks: [{ prompt: "x" }], idempotencyKey } }))
        .createTasks.tasks[0]!.id,
    ];
    expect(new Set(ids).size).toBe(3);
    const other = { tasks: [{ prompt: "y" }], idempotencyKey };
    expect(await ana.errorCode(CreateTasksDocument, { input: other })).toBe("IDEMPOTENCY_KEY_REUSED");
    const taskId = await canceled(ana);
    await ana.request(RetryTaskDocument, { input: { taskId, idempotencyKey } });
    const again = { taskId: await canceled(ana), idempotencyKey };
    expect(await ana.errorCode(RetryTaskDocument, { input: again })).toBe("IDEMPOTENCY_KEY_REUSED");
  });
});

describe("the limits", () => {
  test("are the ones that pricing shows", async () => {
    const { pricing } = await product.client().request(PricesDocument);
    expect(pricing).toMatchObject({ maxConcurrentTasks: 40, maxTasksPerDay: 25 });
  });

  test("of a day let no task too many through, from however many sides and in whatever portions", async () => {
    const ana = await product.user();
    const batch = { tasks: [{ prompt: "a" }, { prompt: "b" }, { prompt: "c" }] };
    const answers = await atOnce<ApiResult<unknown>>(40, (n) =>
      n % 4
        ? ana.execute(CreateTasksDocument, { input: batch })
        : ana.execute(CreateTaskDocument, { input: { prompt: "alone" } }),
    );
    expect(new Set(codesOf(answers))).toEqual(new Set(["QUOTA_EXCEEDED"]));
    const made = (await tasksOf(ana)).length;
    // The rest has no room for a batch; a task alone may still fit.
    expect(made).toBeGreaterThanOrEqual(23);
    for (let n = made; n < 25; n++) await create(ana);
    const { errors } = await ana.execute(CreateTaskDocument, { input: { prompt: "one more" } });
    const { resetAt } = errors![0]!.extensions;
    expect(errors![0]!.extensions).toMatchObject({ code: "QUOTA_EXCEEDED", limit: 25 });
    expect(new Date(resetAt as string).toISOString()).toMatch(/T00:00:00\.000Z$/);
    expect(await credits(ana)).toEqual({ free: 750, held: 250 });
  });

  test("of unfinished tasks are freed by a cancel, and those of a day are not", async () => {
    const ana = await product.user();
    const ids = await atOnce(25, () => create(ana));
    await atOnce(25, (n) => ana.request(CancelTaskDocument, { input: { taskId: ids[n]! } }));
    expect(await credits(ana)).toEqual({ free: 1000, held: 0 });
    expect(await ana.errorCode(CreateTaskDocument, { input: { prompt: "x" } })).toBe("QUOTA_EXCEEDED");
  });
});

test("cancels and retries of one task at once: it ends once, is refunded once, and each retry is paid for", async () => {
  const ana = await product.user();
  const taskId = await create(ana);
  const cancels = atOnce(10, () => ana.request(CancelTaskDocument, { input: { taskId } }));
  const retries = await atOnce(10, () => ana.execute(RetryTaskDocument, { input: { taskId } }));
  for (const { cancelTask } of await cancels) {
    expect(cancelTask.task).toMatchObject({ status: "CANCELED", refunded: true });
  }
  const retried = retries.filter(({ data }) => data).length;
  expect(codesOf(retries)).toEqual(Array<string>(10 - retried).fill("CONFLICT"));
  expect((await readTask(ana, taskId)).entries.map(({ type }) => type)).toEqual(["GEN_HOLD", "GEN_REFUND"]);
  expect(await tasksOf(ana)).toHaveLength(1 + retried);
  expect(await credits(ana)).toEqual({ free: 1000 - 10 * retried, held: 10 * retried });
});

test("a batch's holds and refunds are its tasks' own, each on its own line of the statement", async () => {
  const ana = await product.user();
  const tasks = [{ prompt: "a" }, { prompt: "b", durationSec: 15 }];
  const made = (await ana.request(CreateTasksDocument, { input: { tasks } })).createTasks.tasks;
  await ana.request(CancelTaskDocument, { input: { taskId: made[1]!.id } });
  const { wallet } = await ana.request(StatementDocument, { first: 10 });
  expect(wallet.entries.nodes.map(({ type, amount, subject }) => [type, amount, subject?.id])).toEqual([
    ["GEN_REFUND", "15", made[1]!.id],
    ["GEN_HOLD", "-15", made[1]!.id],
    ["GEN_HOLD", "-10", made[0]!.id],
    ["GRANT", "1000", undefined],
  ]);
});

test("at the end every credit is accounted for", async () => {
  const breaches = (await audit(product)) as { detail: string }[];
  expect(breaches.filter(({ detail }) => !unpaid.some((id) => detail.includes(id)))).toEqual([]);
});
