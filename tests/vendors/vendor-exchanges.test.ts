import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tasks } from "../../src/modules/tasks/tasks.tables.js";
import { ExchangeCases } from "../support/exchange-cases.js";
import { type Exchange, readExchanges } from "../support/exchanges.js";
import { audit, create, credits, ended } from "../support/tasks.js";

const exchanges = readExchanges(
  "02-user-agent",
  "03-encoded-answers",
  "04-byte-order-mark",
  "05-large-numeric-ids",
  "06-content-refusals",
  "17-status-words",
  "18-reused-id",
  "20-long-headers",
);

const elsewhere = { id: "another-task", object: "video", progress: 100, video_url: "{{link}}" };
const anotherTask: Exchange = {
  name: "another task's state, then ours",
  folder: "18-reused-id",
  state: [
    { json: { ...elsewhere, status: "failed", error: { code: "content_policy_violation" } } },
    { json: { ...elsewhere, status: "completed" } },
    { json: { ...elsewhere, id: "{{id}}", status: "completed" } },
  ],
  expect: { status: "SUCCESS" },
};

const keptBack: Exchange = {
  name: "a video that was made and then refused",
  folder: "18-reused-id",
  state: { json: { id: "{{id}}", status: "completed", progress: 100 } },
  content: { status: 400, json: { error: { message: "no", code: "moderation_blocked" } } },
  expect: { status: "FAILURE", failure: ["CONTENT_POLICY"] },
};

const racers: Exchange[] = Array.from({ length: 5 }, (_, n) => ({
  ...{ name: `one id for five orders at once, ${n}`, folder: "18-reused-id", id: "raced-id" },
  expect: { status: "any" },
}));

let cases: ExchangeCases;
beforeAll(async () => {
  cases = await ExchangeCases.start([...exchanges, anotherTask, keptBack, ...racers]);
});
afterAll(() => cases.close());

test.each(exchanges.filter(({ order }) => order !== 1))("$name ends as expected", async (exchange) => {
  await cases.run(exchange);
});

test("an id that a vendor returns twice is logged with both tasks and counted in a metric", async () => {
  const { app, logged } = cases.product;
  const line = logged.map((text) => JSON.parse(text)).find(({ firstTaskId }) => firstTaskId);
  const at = (taskId: string) => app.db.select().from(tasks).where(eq(tasks.id, taskId));
  expect(line).toMatchObject({ level: "error", vendor: "dyuapi", vendorTaskId: "same-id-1" });
  expect(await at(line.firstTaskId)).toMatchObject([{ prompt: "18-reused-id/first", status: "IN_PROGRESS" }]);
  expect(await at(line.taskId)).toMatchObject([{ prompt: "18-reused-id/second", status: "FAILURE" }]);
  expect(await app.metrics.registry.getSingleMetricAsString("skyriff_vendor_ids_reused_total")).toContain(
    'skyriff_vendor_ids_reused_total{vendor="dyuapi"} 1',
  );
});

test("a response with another task's state is ignored, and the next check counts", async () => {
  await cases.run(anotherTask);
  expect(cases.vendor.callsOf(anotherTask).filter(({ kind }) => kind === "state")).toHaveLength(3);
});

test("a content refusal instead of the finished video ends the task with CONTENT_POLICY", async () => {
  await cases.run(keptBack);
});

test("of five concurrent tasks with one vendor id, one continues and four are refunded immediately", async () => {
  const ana = await cases.product.user();
  const ids = await Promise.all(racers.map(({ name }) => create(ana, { prompt: name })));
  const tasks = await Promise.all(ids.map((id) => ended(ana, id)));
  expect(tasks.map(({ status }) => status).sort()).toEqual([...Array(4).fill("FAILURE"), "SUCCESS"]);
  expect(await credits(ana)).toEqual({ free: 90, held: 0 });
});

test("the ledger balances after all exchanges", async () => {
  expect(await audit(cases.product)).toEqual([]);
});
