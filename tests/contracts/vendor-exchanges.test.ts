import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tasks } from "../../src/modules/tasks/tasks.tables.js";
import { ExchangeCases } from "../support/exchange-cases.js";
import { readExchanges } from "../support/exchanges.js";
import { audit } from "../support/tasks.js";

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

let cases: ExchangeCases;
beforeAll(async () => {
  cases = await ExchangeCases.start(exchanges);
});
afterAll(() => cases.close());

test.each(exchanges.filter(({ order }) => order !== 1))("$name ends as it must", async (exchange) => {
  await cases.run(exchange);
});

test("an id that a vendor gives twice is an alarm: a line in the log with both tasks, and a metric", async () => {
  const { core, logged } = cases.product;
  const line = logged.map((text) => JSON.parse(text)).find(({ firstTaskId }) => firstTaskId);
  const at = (taskId: string) => core.db.select().from(tasks).where(eq(tasks.id, taskId));
  expect(line).toMatchObject({ level: "error", vendor: "dyuapi", vendorTaskId: "same-id-1" });
  expect(await at(line.firstTaskId)).toMatchObject([{ prompt: "18-reused-id/first", status: "IN_PROGRESS" }]);
  expect(await at(line.taskId)).toMatchObject([{ prompt: "18-reused-id/second", status: "FAILURE" }]);
  expect(await core.metrics.registry.getSingleMetricAsString("skyriff_vendor_ids_reused_total")).toContain(
    'skyriff_vendor_ids_reused_total{vendor="dyuapi"} 1',
  );
});

test("whatever the vendor answered, the books balance", async () => {
  expect(await audit(cases.product)).toEqual([]);
});
