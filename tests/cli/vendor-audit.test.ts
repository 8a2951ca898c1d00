import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CancelTaskDocument } from "../../src/generated/operations.js";
import { reconcileAttempts } from "../../src/modules/tasks/index.js";
import { taskAttempts } from "../../src/modules/tasks/tasks.tables.js";
import { uuidFromPublicId } from "../../src/platform/ids/ids.js";
import { callCommand } from "../support/command.js";
import { freshMetricsOf } from "../support/metrics.js";
import { type Product, startProduct } from "../support/product.js";
import { audit, create, credits, ended, readTask } from "../support/tasks.js";
import { until } from "../support/until.js";

let product: Product;
let settings: Record<string, string>;
beforeAll(async () => {
  product = await startProduct({ settings: { TASK_TIMEOUT_MS: "3000" } });
  settings = {
    PATH: process.env.PATH ?? "",
    DATABASE_URL: product.testDb.url,
    DATA_DIR: product.dataDir,
    VENDOR: "dyuapi",
    DYUAPI_BASE_URL: product.sandbox.url,
    DYUAPI_API_KEY: "sandbox-key-of-the-tests",
    DYUAPI_TIMEOUT_MS: "2000",
  };
});
afterAll(() => product.close());

/** Runs the command while the server runs. */
async function skyriff(...args: string[]): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await callCommand(settings, ...args);
  return { code, output: stdout + stderr };
}

async function attemptOf(taskId: string) {
  const uuid = uuidFromPublicId("task", taskId) as string;
  const rows = await product.app.db.select().from(taskAttempts).where(eq(taskAttempts.taskId, uuid));
  return rows[0]!;
}

/** Runs the job of every five minutes, at a time when everything is due. */
const askNow = () =>
  reconcileAttempts({ ...product.app, clock: { now: () => new Date() } }, new Date(Date.now() + 3_600_000));

test("a video that the vendor completes after our timeout is found, counted and listed, and stays refunded", async () => {
  const ana = await product.user();
  const id = await create(ana, { prompt: "late [fault:success-late:7000]" });
  const unknown = await create(ana, { prompt: "nobody knows [fault:500]" });
  expect(await ended(ana, id)).toMatchObject({ status: "FAILURE", failure: { code: "TIMEOUT" } });
  expect(await ended(ana, unknown)).toMatchObject({ failure: { code: "VENDOR_UNAVAILABLE" } });
  expect((await attemptOf(id)).reconcileAt).not.toBeNull();

  await until("the vendor's late success", async () => {
    await askNow();
    return (await attemptOf(id)).lateSuccessAt;
  });
  expect(await askNow()).toEqual([]);
  expect(await readTask(ana, id)).toMatchObject({ status: "FAILURE", refunded: true, video: null });
  expect(await credits(ana)).toEqual({ free: 100, held: 0 });
  expect(await audit(product)).toEqual([]);

  const { code, output } = await skyriff("audit", "--vendor");
  const attempt = await attemptOf(id);
  expect(code).toBe(2);
  expect(output).toContain(`LATE SUCCESS attempt ${attempt.id}, ${id} at dyuapi`);
  expect(output).toContain(`there ${attempt.vendorTaskId}, ended here as TIMEOUT`);
  expect(output).toContain(`UNKNOWN OUTCOME attempt ${(await attemptOf(unknown)).id}, ${unknown} at dyuapi`);
  expect(output).toContain("2 to look at, 0 not asked.");
  expect(output).toMatch(/^Every invariant holds\.$/m);
  expect(output).not.toMatch(/^\{|sandbox-key-of-the-tests/m);
});

test("a resolved case is no longer listed but still counted", async () => {
  const figures = await freshMetricsOf(product);
  expect(figures.value("skyriff_late_successes_total")).toBe(1);
  expect(figures.value("skyriff_unknown_outcomes_total")).toBe(1);
  expect(figures.value("skyriff_attempts_to_review", { kind: "late-success" })).toBe(1);
  expect(await skyriff("audit", "--vendor", "--reviewed", "all")).toEqual({
    code: 0,
    output: "2 attempts are marked as seen to.\nEvery invariant holds.\nNothing is open at the vendors.\n",
  });
  const later = await freshMetricsOf(product);
  expect(later.value("skyriff_attempts_to_review", { kind: "late-success" })).toBe(0);
  expect(later.value("skyriff_late_successes_total")).toBe(1);
});

test("a task canceled here but completed by the vendor is found too; one that failed at the vendor is not", async () => {
  const ben = await product.user();
  // Our looks fail meanwhile, so the task stays QUEUED here and can be called off.
  product.sandbox.control.enableFault("check-500", { match: "called off" });
  const canceled = await create(ben, { prompt: "called off" });
  await until("the queue", async () => (await readTask(ben, canceled)).status === "QUEUED");
  await ben.request(CancelTaskDocument, { input: { taskId: canceled } });
  product.sandbox.control.clearFaults();
  const failed = await create(ben, { prompt: "[fault:fail]" });
  await ended(ben, failed);
  expect((await attemptOf(failed)).reconcileAt).toBeNull();
  const listed = await until("the command's finding", async () => {
    const { code, output } = await skyriff("audit", "--vendor");
    return code === 2 && output.includes("LATE SUCCESS") && output;
  });
  expect(listed).toContain(`${canceled} at dyuapi`);
  expect(listed).not.toContain(failed);
});

test("an unavailable vendor is checked again later, and the command says so", async () => {
  await skyriff("audit", "--vendor", "--reviewed", "all");
  const eva = await product.user();
  const id = await create(eva, { prompt: "silent [fault:stuck]" });
  await ended(eva, id);
  product.sandbox.control.enableFault("check-500");
  const { code, output } = await skyriff("audit", "--vendor");
  product.sandbox.control.clearFaults();
  expect(code).toBe(2);
  expect(output).toContain(`NOT ASKED attempt ${(await attemptOf(id)).id}`);
  const { reconcileAt } = await attemptOf(id);
  expect(reconcileAt).not.toBeNull();

  expect((await askNow()).map(({ answer }) => answer)).toEqual(["not-yet"]);
  const later = await attemptOf(id);
  expect(later.reconcileAt!.getTime()).toBeGreaterThan(reconcileAt!.getTime());
  expect(later.lateSuccessAt).toBeNull();
});
