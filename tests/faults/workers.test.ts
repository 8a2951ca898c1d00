import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dispatchTasks } from "../../src/modules/tasks/dispatch/dispatch-tasks.js";
import { sweepTasks } from "../../src/modules/tasks/steps/sweep-tasks.js";
import type { WorkerContext } from "../../src/modules/tasks/tasks.context.js";
import { checkQueue, submitQueue } from "../../src/modules/tasks/tasks.jobs.js";
import { VideoIngests } from "../../src/modules/videos/index.js";
import { startWorkers } from "../../src/platform/jobs/worker.js";
import type { Client } from "../support/client.js";
import { type Product, settingsFor, smallFilms, startProduct } from "../support/product.js";
import { ServerProcess } from "../support/server-process.js";
import { audit, create, credits, ended, readTask } from "../support/tasks.js";
import { until } from "../support/until.js";

/** A server without a worker; each test starts its own. */
let product: Product;
beforeAll(async () => {
  product = await startProduct({ worker: false });
});
afterAll(async () => {
  await ServerProcess.killAll();
  await product.close();
});

function startWorkerProcess(more: Record<string, string> = {}): Promise<ServerProcess> {
  const { testDb, dataDir, sandbox } = product;
  const settings = settingsFor({ databaseUrl: testDb.url, dataDir, sandbox });
  return ServerProcess.start({ ...settings, MODEL_CATALOG: smallFilms(dataDir), ...more }, ["worker"]);
}

async function readIngestJob(taskId: string) {
  const [job] = await product.app.db.execute<{ state: string; started: Date; now: Date }>(sql`
    select state, started_on as started, clock_timestamp() as now from pgboss.job
    where name = 'ingest-video' and data->>'taskId' = ${taskId}`);
  return job ? { state: job.state, startedMs: +new Date(job.started), nowMs: +new Date(job.now) } : null;
}

test("another worker takes over a killed worker's job within 30 s", async () => {
  const ana = await product.user();
  const first = await startWorkerProcess({ DYUAPI_TIMEOUT_MS: "100000" });
  const id = await create(ana, { prompt: "in the middle of it [fault:file-slow:600000 x1]" });
  const { row } = (await product.app.db.execute<{ row: string }>(sql`select id as row from tasks`))[0] ?? {
    row: "",
  };
  await until("the job's start", async () => (await readIngestJob(row))?.state === "active");
  const second = await startWorkerProcess();
  await first.kill("SIGKILL");
  const killedAtMs = (await readIngestJob(row))?.nowMs as number;
  expect(await ended(ana, id)).toMatchObject({ status: "SUCCESS" });
  const resumed = await until("the job's end", async () => {
    const job = await readIngestJob(row);
    return job?.state === "completed" && job;
  });
  expect(resumed.startedMs - killedAtMs).toBeGreaterThan(0);
  expect(resumed.startedMs - killedAtMs).toBeLessThanOrEqual(30_000);
  expect(await second.kill("SIGTERM")).toEqual({ code: 0, signal: null });
});

const minuteMs = 60_000;
const deadlineMs = 2_700_000;

/** Runs a sweep whose clock is ahead by this much. */
async function sweepAfter(aheadMs: number): Promise<void> {
  const { context } = product.app.modules.tasks;
  const clock = { now: () => new Date(Date.now() + aheadMs) };
  await sweepTasks({ ...context, clock, ingests: new VideoIngests(context) } as WorkerContext);
}

/** Workers that fail every job. */
async function failingWorkers() {
  const { jobs, bus, logger, metrics } = product.app;
  let failures = 0;
  const run = async () => {
    failures++;
    throw new Error("this job always fails");
  };
  const handlers = [submitQueue, checkQueue].map((queue) => ({ queue, run }));
  const workers = await startWorkers(handlers, { jobs, bus, logger, jobSeconds: metrics.jobSeconds });
  return { stop: () => workers.stop(0), failures: () => failures };
}

async function expectRefund(ana: Client, id: string, code: string): Promise<void> {
  expect(await readTask(ana, id)).toMatchObject({ status: "FAILURE", failure: { code }, refunded: true });
  expect(await credits(ana)).toEqual({ free: 100, held: 0 });
}

test("a task whose jobs all fail gets new ones until its deadline, and then the sweep refunds it", async () => {
  const ana = await product.user();
  const id = await create(ana, { prompt: "all its jobs fail" });
  await dispatchTasks(product.app.modules.tasks.context);
  const workers = await failingWorkers();
  await until("a failure", () => workers.failures() > 0);
  await sweepAfter(minuteMs);
  expect(await readTask(ana, id)).toMatchObject({ status: "NOT_START" });
  await sweepAfter(deadlineMs + minuteMs);
  expect(await readTask(ana, id)).toMatchObject({ status: "NOT_START" });
  await sweepAfter(deadlineMs + 3 * minuteMs);
  await workers.stop();
  await expectRefund(ana, id, "TIMEOUT");
});

test("an attempt that was being sent when its workers failed for good is recorded as UNKNOWN", async () => {
  const ana = await product.user();
  const id = await create(ana, { prompt: "sent, perhaps" });
  const { db } = product.app;
  await db.execute(sql`
    insert into task_attempts (id, task_id, vendor, vendor_model, sender_id, sent)
    select gen_random_uuid(), id, 'dyuapi', 'any', 1, '{}' from tasks where finished_at is null`);
  for (const laterMs of [1, 3]) await sweepAfter(deadlineMs + laterMs * minuteMs);
  await expectRefund(ana, id, "TIMEOUT");
  expect(await db.execute(sql`select outcome from task_attempts where vendor_model = 'any'`)).toEqual([
    { outcome: "UNKNOWN" },
  ]);
});

test("a task whose video is being ingested is refunded half an hour after its deadline", async () => {
  const ana = await product.user();
  const id = await create(ana, { prompt: "never ingested" });
  await product.app.db.execute(sql`
    update tasks set status = 'IN_PROGRESS', progress = 99 where finished_at is null`);
  for (const laterMs of [1, 3, 20, 29]) await sweepAfter(deadlineMs + laterMs * minuteMs);
  expect(await readTask(ana, id)).toMatchObject({ status: "IN_PROGRESS" });
  await sweepAfter(deadlineMs + 31 * minuteMs);
  await expectRefund(ana, id, "INTERNAL");
});

test("at the end the audit finds no breach", async () => {
  expect(await audit(product)).toEqual([]);
});
