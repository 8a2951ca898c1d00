import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  CreateTaskDocument,
  DownloadNoWatermarkDocument,
  StatementDocument,
  TaskStatusDocument,
  type TaskStatusSubscription,
  TasksDocument,
  type TasksQuery,
  VideosDocument,
} from "../../src/generated/operations.js";
import { type Product, startProduct } from "../support/product.js";
import { audit, create, credits, ended, readTask } from "../support/tasks.js";

let product: Product;
/** Its films have the size that the catalog says. */
let fullSize: Product;
beforeAll(async () => {
  [product, fullSize] = await Promise.all([startProduct(), startProduct({ fullSize: true })]);
});
afterAll(() => Promise.all([product.close(), fullSize.close()]));

async function watch(client: Awaited<ReturnType<Product["user"]>>, taskId: string) {
  const seen: TaskStatusSubscription["taskStatus"][] = [];
  for await (const event of client.subscribe(TaskStatusDocument, { taskId })) {
    if (event.data) seen.push(event.data.taskStatus);
  }
  return seen;
}

describe("the main job", () => {
  test("a task is followed to its end, its preview plays, and its clean file is as described", async () => {
    const ana = await fullSize.user();
    const id = await create(ana, { prompt: "一只猫在草地上奔跑", ratio: "RATIO_16_9" });
    const seen = await watch(ana, id);
    expect(seen.at(-1)).toMatchObject({ status: "SUCCESS", progress: 100, refunded: false, failure: null });
    const revisions = seen.map((task) => task.revision);
    expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
    const progress = seen.map((task) => task.progress);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    for (const task of seen.slice(0, -1)) expect(task.video).toBeNull();
    // Nothing like it was ever made here.
    for (const task of seen) expect(task.estimatedFinishAt).toBeNull();

    const video = seen.at(-1)?.video;
    expect(video).toMatchObject({ width: 1280, height: 720, downloadCount: 0 });
    const preview = await fetch(video!.previewUrl, { headers: { range: "bytes=0-99" } });
    expect(preview.status).toBe(206);
    expect(preview.headers.get("content-type")).toBe("video/mp4");

    const { downloadNoWatermark: sold } = await ana.request(DownloadNoWatermarkDocument, {
      input: { videoId: video!.id },
    });
    const clean = Buffer.from(await (await fetch(sold.downloadUrl)).arrayBuffer());
    expect(clean.length).toBe(video!.byteSize);
    expect(createHash("sha256").update(clean).digest("hex")).toBe(video!.sha256);
    expect(sold).toMatchObject({
      costCredits: 6,
      video: { downloadCount: 1 },
      wallet: { credits: 84, heldCredits: 0 },
    });

    const { wallet } = await ana.request(StatementDocument, { first: 10 });
    expect(
      wallet.entries.nodes.map(({ type, amount, balanceAfter }) => [type, amount, balanceAfter]),
    ).toEqual([
      ["DOWNLOAD_SPEND", "-6", "84"],
      ["GEN_HOLD", "-10", "90"],
      ["GRANT", "100", "100"],
    ]);
    expect(wallet.entries.nodes.map((entry) => entry.subject?.id)).toEqual([video!.id, id, undefined]);
  });

  test("the next task of the same kind has an estimated end, until it has ended", async () => {
    const ana = await product.user();
    await ended(ana, await create(ana));
    const id = await create(ana);
    const seen = await watch(ana, id);
    expect(seen.at(-1)).toMatchObject({ status: "SUCCESS", estimatedFinishAt: null });
    const estimates = seen.slice(0, -1).map((task) => task.estimatedFinishAt);
    expect(estimates.length).toBeGreaterThan(0);
    for (const estimate of estimates)
      expect(Date.parse(estimate!)).toBeGreaterThan(Date.parse(seen[0]!.createdAt));
  });

  test("a subscription after the end gets the final state and completes", async () => {
    const ana = await product.user();
    const id = await create(ana);
    await ended(ana, id);
    expect((await watch(ana, id)).map((task) => task.status)).toEqual(["SUCCESS"]);
  });

  test("a subscriber gets the final state even if its event was lost", async () => {
    const ana = await product.user();
    const id = await create(ana);
    const publish = product.app.bus.publish;
    product.app.bus.publish = () => {};
    try {
      expect((await watch(ana, id)).at(-1)?.status).toBe("SUCCESS");
    } finally {
      product.app.bus.publish = publish;
    }
  });

  test("another user's task is not visible anywhere", async () => {
    const [ana, eve] = [await product.user(), await product.user()];
    const id = await create(ana);
    expect(
      await eve.request("query($id: ID!) { task(id: $id) { id } node(id: $id) { id } }", { id }),
    ).toEqual({
      task: null,
      node: null,
    });
    const rejection = await eve
      .subscribe(TaskStatusDocument, { taskId: id })
      .next()
      .catch((refusal: unknown) => refusal);
    expect(JSON.stringify(rejection)).toContain("NOT_FOUND");
    expect(JSON.stringify(rejection)).not.toContain("a cat on grass");
    expect((await eve.request(TasksDocument, {})).tasks.nodes).toEqual([]);
    await ended(ana, id);
    const { videos } = await ana.request(VideosDocument, {});
    const input = { videoId: videos.nodes[0]!.id };
    expect(await eve.errorCode(DownloadNoWatermarkDocument, { input })).toBe("NOT_FOUND");
    expect(await credits(eve)).toEqual({ free: 100, held: 0 });
  });
});

describe("an idempotency key", () => {
  test("twenty equal calls at once make one task, one hold and twenty equal answers", async () => {
    const ana = await product.user();
    const input = { prompt: "once only", idempotencyKey: "same" };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ana.execute(CreateTaskDocument, { input })),
    );
    const ids = new Set(answers.map((answer) => answer.data?.createTask.task.id));
    expect(answers.flatMap((answer) => answer.errors ?? [])).toEqual([]);
    expect(ids.size).toBe(1);
    expect((await ana.request(TasksDocument, {})).tasks.nodes).toHaveLength(1);
    await ended(ana, [...ids][0]!);
    expect(await credits(ana)).toEqual({ free: 90, held: 0 });
  });

  test("is rejected with other input, and a rejected call does not use its key", async () => {
    const ana = await product.user();
    const key = { idempotencyKey: "k" };
    expect(await ana.errorCode(CreateTaskDocument, { input: { prompt: "", ...key } })).toBe("BAD_USER_INPUT");
    const id = await create(ana, { prompt: "one", ...key });
    expect(await ana.errorCode(CreateTaskDocument, { input: { prompt: "two", ...key } })).toBe(
      "IDEMPOTENCY_KEY_REUSED",
    );
    expect(await create(ana, { prompt: " one ", ...key })).toBe(id);
  });

  test("of a download is charged once and gives a link each time", async () => {
    const ana = await product.user();
    await ended(ana, await create(ana));
    const videoId = (await ana.request(VideosDocument, {})).videos.nodes[0]!.id;
    const call = () => ana.request(DownloadNoWatermarkDocument, { input: { videoId, idempotencyKey: "d" } });
    const links = await Promise.all([call(), call(), call()]);
    for (const { downloadNoWatermark } of links)
      expect((await fetch(downloadNoWatermark.downloadUrl)).status).toBe(200);
    expect(await credits(ana)).toEqual({ free: 84, held: 0 });
  });
});

describe("a rejected call costs nothing", () => {
  const refused: [string, Record<string, unknown>, string][] = [
    ["an empty prompt", { prompt: "   " }, "BAD_USER_INPUT"],
    ["a prompt of 1001 characters", { prompt: "界".repeat(1001) }, "BAD_USER_INPUT"],
    ["a NUL in the prompt", { prompt: "a\0b" }, "BAD_USER_INPUT"],
    ["a model that does not exist", { model: "sora9" }, "BAD_USER_INPUT"],
    ["a duration that is not on offer", { durationSec: 11 }, "BAD_USER_INPUT"],
    ["hd where there is none", { hd: true }, "BAD_USER_INPUT"],
    ["a price above the client's limit", { maxCostCredits: 9 }, "CONFLICT"],
    ["a key that is too long", { idempotencyKey: "x".repeat(65) }, "BAD_USER_INPUT"],
    ["a note that is too long", { note: "x".repeat(501) }, "BAD_USER_INPUT"],
  ];
  test.each(refused)("%s", async (_, input, code) => {
    const ana = await product.user();
    expect(await ana.errorCode(CreateTaskDocument, { input: { prompt: "fine", ...input } } as never)).toBe(
      code,
    );
    expect(await credits(ana)).toEqual({ free: 100, held: 0 });
  });

  test("more credits than available, and the answer says how many", async () => {
    const ana = await product.user();
    for (let n = 0; n < 4; n++) await create(ana, { model: "sora2-pro", durationSec: 25 });
    const { errors } = await ana.execute(CreateTaskDocument, { input: { prompt: "one more" } });
    expect(errors?.[0]?.extensions).toMatchObject({
      code: "INSUFFICIENT_CREDITS",
      required: 10,
      available: 0,
    });
  });

  test("a call without a login", async () => {
    const code = await product.client().errorCode(CreateTaskDocument, { input: { prompt: "x" } });
    expect(code).toBe("UNAUTHENTICATED");
  });
});

test("a prompt of 1000 characters outside the BMP is stored unchanged", async () => {
  const ana = await product.user();
  const prompt = "😀".repeat(1000);
  expect((await readTask(ana, await create(ana, { prompt }))).prompt).toBe(prompt);
});

test("paging through the statement and the task list returns every item once", async () => {
  const ana = await product.user();
  const ids: string[] = [];
  for (let n = 0; n < 7; n++) ids.push(await create(ana, { prompt: `task ${n}` }));
  const walked: string[] = [];
  let after: string | null = null;
  do {
    const { tasks }: TasksQuery = await ana.request(TasksDocument, { first: 2, after });
    walked.push(...tasks.nodes.map((task) => task.id));
    after = tasks.pageInfo.hasNextPage ? (tasks.pageInfo.endCursor ?? null) : null;
  } while (after);
  expect(walked).toEqual(ids.toReversed());
  for (const bad of [{ first: 0 }, { first: 101 }, { after: "nonsense" }]) {
    expect(await ana.errorCode(TasksDocument, bad)).toBe("BAD_USER_INPUT");
    expect(await ana.errorCode(StatementDocument, bad)).toBe("BAD_USER_INPUT");
  }
});

test("at the end the audit finds nothing", async () => {
  for (const each of [product, fullSize]) expect(await audit(each)).toEqual([]);
});
