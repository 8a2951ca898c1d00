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

/** A server that only takes requests; who works is up to each test. */
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

async function takeInJob(taskId: string) {
  const [job] = await product.core.db.execute<{ state: string; started: Date; now: Date }>(sql`
    select state, started_on as started, clock_timestamp() as now from pgboss.job
    where name = 'ingest-video' and data->>'taskId' = ${taskId}`);
  return job ? { state: job.state, startedMs: +new Date(job.started), nowMs: +new Date(job.now) } : null;
}

test("another worker takes over a killed worker's job within 30 s", async () => {
  const ana = await product.user();
  const doomed = await startWorkerProcess({ DYUAPI_TIMEOUT_MS: "100000" });
  const id = await create(ana, { prompt: "in the middle of it [fault:file-slow:600000 x1]" });
  const { row } = (await product.core.db.execute<{ row: string }>(sql`select id as row from tasks`))[0] ?? {
    row: "",
  };
  await until("the job's start", async () => (await takeInJob(row))?.state === "active");
  const heir = await startWorkerProcess();
  await doomed.kill("SIGKILL");
  const killedAtMs = (await takeInJob(row))?.nowMs as number;
  expect(await ended(ana, id)).toMatchObject({ status: "SUCCESS" });
  const taken = await until("the job's end", async () => {
    const job = await takeInJob(row);
    return job?.state === "completed" && job;
  });
  expect(taken.startedMs - killedAtMs).toBeGreaterThan(0);
  expect(taken.startedMs - killedAtMs).toBeLessThanOrEqual(30_000);
  expect(await heir.kill("SIGTERM")).toEqual({ code: 0, signal: null });
});

const minuteMs = 60_000;
const deadlineMs = 2_700_000;

/** Sweeps as if it were so much later. */
async function sweepAt(sinceStartMs: number): Promise<void> {
  const { taskContext } = product.core;
  const clock = { now: () => new Date(Date.now() + sinceStartMs) };
  await sweepTasks({ ...taskContext, clock, ingests: new VideoIngests(taskContext) } as WorkerContext);
}

/** Workers whose every job fails. */
async function hopelessWorkers() {
  const { jobs, bus, logger, metrics } = product.core;
  let failures = 0;
  const run = async () => {
    failures++;
    throw new Error("this never works");
  };
  const handlers = [submitQueue, checkQueue].map((queue) => ({ queue, run }));
  const workers = await startWorkers(handlers, { jobs, bus, logger, jobSeconds: metrics.jobSeconds });
  return { stop: () => workers.stop(0), failures: () => failures };
}

async function expectRefund(ana: Client, id: string, code: string): Promise<void> {
  expect(await readTask(ana, id)).toMatchObject({ status: "FAILURE", failure: { code }, refunded: true });
  expect(await credits(ana)).toEqual({ free: 100, held: 0 });
}

test("a task whose every job fails is given new ones until its deadline, and ended then by the sweep itself", async () => {
  const ana = await product.user();
  const id = await create(ana, { prompt: "whose jobs never work" });
  await dispatchTasks(product.core.taskContext);
  const workers = await hopelessWorkers();
  await until("a failure", () => workers.failures() > 0);
  await sweepAt(minuteMs);
  expect(await readTask(ana, id)).toMatchObject({ status: "NOT_START" });
  await sweepAt(deadlineMs + minuteMs);
  expect(await readTask(ana, id)).toMatchObject({ status: "NOT_START" });
  await sweepAt(deadlineMs + 3 * minuteMs);
  await workers.stop();
  await expectRefund(ana, id, "TIMEOUT");
});

test("an order that was being sent when its workers failed for good is on record as unknown", async () => {
  const ana = await product.user();
  const id = await create(ana, { prompt: "sent, perhaps" });
  const { db } = product.core;
  await db.execute(sql`
    insert into task_attempts (id, task_id, vendor, vendor_model, sender_id, sent)
    select gen_random_uuid(), id, 'dyuapi', 'any', 1, '{}' from tasks where finished_at is null`);
  for (const laterMs of [1, 3]) await sweepAt(deadlineMs + laterMs * minuteMs);
  await expectRefund(ana, id, "TIMEOUT");
  expect(await db.execute(sql`select outcome from task_attempts where vendor_model = 'any'`)).toEqual([
    { outcome: "UNKNOWN" },
  ]);
});

test("a video that is being ingested gets half an hour more", async () => {
  const ana = await product.user();
  const id = await create(ana, { prompt: "never home" });
  await product.core.db.execute(sql`
    update tasks set status = 'IN_PROGRESS', progress = 99 where finished_at is null`);
  for (const laterMs of [1, 3, 20, 29]) await sweepAt(deadlineMs + laterMs * minuteMs);
  expect(await readTask(ana, id)).toMatchObject({ status: "IN_PROGRESS" });
  await sweepAt(deadlineMs + 31 * minuteMs);
  await expectRefund(ana, id, "INTERNAL");
});

test("at the end the audit finds nothing", async () => {
  expect(await audit(product)).toEqual([]);
});
