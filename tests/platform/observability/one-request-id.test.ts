import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CreateTaskDocument } from "../../../src/generated/operations.js";
import { uuidFromPublicId } from "../../../src/platform/ids/ids.js";
import { type Product, startProduct } from "../../support/product.js";
import { ended } from "../../support/tasks.js";
import { until } from "../../support/until.js";

let product: Product;
beforeAll(async () => {
  product = await startProduct({ settings: { LOG_LEVEL: "debug" } });
});
afterAll(() => product.close());

interface Line {
  msg: string;
  requestId?: string;
  taskId?: string;
}
const log = () => product.logged.map((line) => JSON.parse(line) as Line);

test("the x-request-id of a response is in every log line about its task, from request to video", async () => {
  const ana = await product.user();
  const [requestId, ofAnother] = [randomUUID(), randomUUID()];
  const order = { input: { prompt: "followed [fault:429 x1] [fault:file-500 x1]" } };
  const { data, headers } = await ana.rawRequest(CreateTaskDocument, order, {
    "x-request-id": requestId,
  });
  expect(headers.get("x-request-id")).toBe(requestId);
  const id = data!.createTask.task.id;
  await ana.execute(CreateTaskDocument, { input: { prompt: "of another" } }, { "x-request-id": ofAnother });
  expect(await ended(ana, id)).toMatchObject({ status: "SUCCESS" });

  const uuid = uuidFromPublicId("task", id);
  const last = await until("the last line", () =>
    log().find((l) => l.msg === "a video is ready" && l.taskId === uuid),
  );
  expect(last.requestId).toBe(requestId);
  const ofTask = log().filter((line) => line.taskId === uuid);
  expect(new Set(ofTask.map((line) => line.requestId))).toEqual(new Set([requestId]));
  const story = log().filter((line) => line.requestId === requestId);
  expect(new Set(story.map((line) => line.msg))).toEqual(
    new Set([
      "POST /graphql mutation createTask 200",
      "called the vendor",
      "a vendor accepted a task",
      "the ingest of a finished video failed",
      "a video is ready",
    ]),
  );
  expect(story.every((line) => line.taskId === undefined || line.taskId === uuid)).toBe(true);
});

test("a request without an id gets one, and a job without a request has its own", async () => {
  const ana = await product.user();
  const { headers } = await ana.rawRequest(CreateTaskDocument, { input: { prompt: "[fault:stuck]" } });
  const requestId = headers.get("x-request-id");
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  const taken = () => log().find((l) => l.requestId === requestId && l.msg === "a vendor accepted a task");
  await until("the accepted submission", taken);
  await product.app.jobs.enqueueNow({ name: "check-task" } as never, [{ payload: { taskId: "no id" } }]);
  const failed = await until("the failed job", () => log().find((line) => line.msg === "a job failed"));
  expect(failed.requestId).toMatch(/^job-[0-9a-f-]{36}$/);
});
