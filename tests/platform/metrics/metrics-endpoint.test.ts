import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DownloadNoWatermarkDocument, TaskStatusDocument } from "../../../src/generated/operations.js";
import { uuidFromPublicId } from "../../../src/platform/ids/ids.js";
import { freshMetricsOf, type MetricsReading, metricsOf } from "../../support/metrics.js";
import { type Product, startProduct } from "../../support/product.js";
import { ServerProcess } from "../../support/server-process.js";
import { create, ended, readTask } from "../../support/tasks.js";
import { until } from "../../support/until.js";

let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(async () => {
  await ServerProcess.killAll();
  await product.close();
});

/** The ledger's totals are some seconds behind. */
async function figuresOnceCounted(grants: number): Promise<MetricsReading> {
  return until("the ledger's totals", async () => {
    const figures = await freshMetricsOf(product);
    return figures.value("skyriff_ledger_transfers_total", { type: "GRANT" }) === grants && figures;
  });
}

describe("after one video, one rejected task, one running task and one download", () => {
  let figures: MetricsReading;
  let watching: AsyncIterableIterator<unknown>;
  beforeAll(async () => {
    const ana = await product.user();
    const done = await ended(ana, await create(ana));
    await ended(ana, await create(ana, { prompt: "[fault:reject]" }));
    await ana.request(DownloadNoWatermarkDocument, { input: { videoId: done.video!.id } });
    // The last transfer: totals that include this grant include all others.
    await product.app.modules.wallet.service.grant({
      userId: await ownerOf(done.id),
      credits: 5,
      reason: "t",
      key: "t",
    });
    const stuck = await create(ana, { prompt: "[fault:stuck]", durationSec: 15 });
    watching = ana.subscribe(TaskStatusDocument, { taskId: stuck });
    await watching.next();
    await until("the running task", async () => (await readTask(ana, stuck)).status === "IN_PROGRESS");
    await figuresOnceCounted(2);
    figures = await until("the hold in the totals", async () => {
      const now = await freshMetricsOf(product);
      return now.value("skyriff_credits_held") === 15 && now;
    });
  });
  afterAll(() => watching.return?.());

  test("the totals of credits equal the sums over the ledger", async () => {
    const [whole] = await product.app.db.execute<Record<string, number>>(sql`
      select sum(amount) filter (where debit_account = 'ISSUANCE')::int as issued,
        (sum(amount) filter (where credit_account = 'REVENUE'))::int as earned
      from ledger_transfers`);
    expect(figures.value("skyriff_credits_issued")).toBe(whole!.issued);
    expect(figures.value("skyriff_credits_issued")).toBe(105);
    expect(figures.value("skyriff_credits_earned")).toBe(whole!.earned);
    expect(figures.value("skyriff_credits_earned")).toBe(16);
    expect(figures.value("skyriff_ledger_credits_total", { type: "GEN_REFUND" })).toBe(10);
  });

  test("tasks and holds are counted by status and outcome", () => {
    expect(figures.value("skyriff_unfinished_tasks")).toBe(1);
    expect(figures.value("skyriff_unfinished_tasks", { status: "IN_PROGRESS" })).toBe(1);
    expect(
      figures.value("skyriff_oldest_unfinished_task_seconds", { status: "IN_PROGRESS" }),
    ).toBeGreaterThan(0);
    expect(figures.value("skyriff_overdue_tasks")).toBe(0);
    expect(figures.value("skyriff_open_holds")).toBe(1);
    expect(figures.value("skyriff_open_holds_credits")).toBe(15);
    expect(figures.value("skyriff_task_seconds_count", { status: "SUCCESS" })).toBe(1);
    expect(
      figures.value("skyriff_task_seconds_count", { status: "FAILURE", failure: "VENDOR_REJECTED" }),
    ).toBe(1);
  });

  test("vendors, queues, events, subscriptions and connections are measured", () => {
    const calls = (call: string, outcome: string) =>
      figures.value("skyriff_vendor_call_seconds_count", { vendor: "dyuapi", call, outcome });
    expect(calls("submit", "accepted")).toBe(2);
    expect(calls("submit", "rejected")).toBe(1);
    expect(calls("fetch", "opened")).toBe(1);
    expect(calls("check", "state")).toBeGreaterThan(1);
    expect(figures.value("skyriff_vendor_circuit_open", { vendor: "dyuapi" })).toBe(0);
    expect(figures.value("skyriff_job_seconds_count", { queue: "submit-task", outcome: "done" })).toBe(3);
    const waiting = figures.value("skyriff_queue_jobs", { queue: "check-task" });
    expect(waiting).toBe(1);
    expect(figures.value("skyriff_queue_jobs", { queue: "dead-letters" })).toBe(0);
    expect(figures.value("skyriff_queue_lag_seconds", { queue: "check-task" })).toBeLessThan(60);
    expect(figures.value("skyriff_event_lag_seconds_count")).toBeGreaterThan(3);
    expect(figures.value("skyriff_open_sockets")).toBe(1);
    expect(figures.value("skyriff_active_subscriptions")).toBe(1);
    expect(figures.value("skyriff_workers")).toBe(1);
    expect(figures.value("skyriff_database_connections", { application: "skyriff" })).toBeGreaterThan(0);
    expect(figures.value("skyriff_database_connections_max")).toBeGreaterThan(50);
    expect(figures.value("skyriff_database_pool_size", { pool: "main" })).toBeGreaterThan(1);
    expect(figures.value("skyriff_database_pool_waiting", { pool: "main" })).toBe(0);
  });

  test("labels contain no text of clients: an operation is named by its root field", async () => {
    const ana = await product.user();
    await ana.execute("query MadeUpByTheClient { models { id } }");
    await ana.execute("query { noSuchField }");
    await fetch(`${product.url}/no/such/${"path".repeat(10)}`);
    const page = await until("a newer text", async () => {
      const now = await metricsOf(product.url);
      return now.value("skyriff_graphql_operations_total", { operation: "query models" }) === 1 && now;
    });
    expect(page.text).not.toMatch(/MadeUpByTheClient|noSuchField|pathpath/);
    expect(page.value("skyriff_graphql_operations_total", { code: "GRAPHQL_VALIDATION_FAILED" })).toBe(1);
  });
});

test("an open circuit shows on every server within seconds", async () => {
  // Running tasks are polled, and failed polls for three users open the circuit.
  for (const user of [await product.user(), await product.user()]) {
    await create(user, { prompt: "[fault:stuck]" });
  }
  product.sandbox.control.enableFault("check-500");
  const isOpen = async () => (await metricsOf(product.url)).value("skyriff_vendor_circuit_open");
  await until("the open circuit", async () => (await isOpen()) === 1);
  product.sandbox.control.clearFaults();
  await until("the closed circuit", async () => (await isOpen()) === 0);
});

test("workers and servers serve /metrics on METRICS_PORT, and then not on the API's port", async () => {
  const settings = {
    DATABASE_URL: product.testDb.url,
    DATA_DIR: product.dataDir,
    VENDOR: "dyuapi",
    DYUAPI_BASE_URL: product.sandbox.url,
    DYUAPI_API_KEY: "sandbox-key-of-the-tests",
    METRICS_PORT: "0",
  };
  const [worker, server] = await Promise.all([
    ServerProcess.start(settings, ["worker"]),
    ServerProcess.start({ ...settings, DATA_DIR: `${product.dataDir}-of-the-server` }, [
      "serve",
      "--no-worker",
    ]),
  ]);
  const addressOf = ({ output }: ServerProcess) => /Operators +(http\S+)\/healthz/.exec(output)?.[1] ?? "";
  expect((await fetch(`${addressOf(worker)}/readyz`)).status).toBe(200);
  const figures = await metricsOf(addressOf(worker));
  expect(figures.value("skyriff_database_pool_size")).toBeGreaterThan(1);
  await until(
    "both workers",
    async () => (await metricsOf(addressOf(worker))).value("skyriff_workers") === 2,
  );
  expect((await metricsOf(addressOf(server))).value("skyriff_open_sockets")).toBe(0);
  expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  expect(await worker.kill("SIGTERM")).toEqual({ code: 0, signal: null });
  expect(await server.kill("SIGTERM")).toEqual({ code: 0, signal: null });
});

async function ownerOf(taskId: string): Promise<string> {
  const [row] = await product.app.db.execute<{ user_id: string }>(
    sql`select user_id from tasks where id = ${uuidFromPublicId("task", taskId)}`,
  );
  return row!.user_id;
}
