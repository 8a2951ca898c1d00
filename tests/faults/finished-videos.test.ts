import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { eq, sql } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Shutdown } from "../../src/app/shutdown.js";
import { startWorker } from "../../src/app/worker.js";
import { auditFiles } from "../../src/cli/stored-files.js";
import { CancelTaskDocument } from "../../src/generated/operations.js";
import { checkTask } from "../../src/modules/tasks/steps/check-task.js";
import { ingestVideo } from "../../src/modules/tasks/steps/ingest-video.js";
import { refundTask } from "../../src/modules/tasks/steps/refund-task.js";
import { submitTask } from "../../src/modules/tasks/steps/submit-task.js";
import { sweepTasks } from "../../src/modules/tasks/steps/sweep-tasks.js";
import type { WorkerContext } from "../../src/modules/tasks/tasks.context.js";
import { taskById } from "../../src/modules/tasks/tasks.repository.js";
import { getVideoFolder, originalKey } from "../../src/modules/videos/files/video-keys.js";
import { VideoIngests } from "../../src/modules/videos/index.js";
import { videos } from "../../src/modules/videos/videos.tables.js";
import { publicId, uuidFromPublicId } from "../../src/platform/ids/ids.js";
import { WorkerLiveness } from "../../src/platform/jobs/worker-liveness.js";
import { StoredFileMissing } from "../../src/platform/storage/storage.js";
import type { Client } from "../support/client.js";
import { collect } from "../support/collect.js";
import { type Product, startProduct } from "../support/product.js";
import { audit, create } from "../support/tasks.js";
import { until } from "../support/until.js";

/** Two workers whose steps the test calls itself, in any order and at any time. */
let product: Product;
let workers: WorkerContext[];
let ana: Client;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  product = await startProduct({
    worker: false,
    settings: {
      ...{ SIGNUP_CREDITS: "10000", MAX_CONCURRENT_TASKS: "1000", MAX_TASKS_PER_DAY: "1000" },
      DYUAPI_TIMEOUT_MS: "20000",
    },
  });
  workers = await Promise.all([1, 2].map(() => openWorker()));
  ana = await product.user();
});
afterAll(async () => {
  for (const close of closers.reverse()) await close();
  await product.close();
});

async function openWorker(): Promise<WorkerContext> {
  const { db, jobs, logger, database, modules } = product.app;
  const liveness = new WorkerLiveness(database.directUrl, db, logger);
  await liveness.start();
  closers.push(() => liveness.stop());
  const ingests = new VideoIngests({ db, jobs, logger });
  return { ...modules.tasks.context, files: modules.videos.files, liveness, ingests };
}

/** Events of a task whose video the vendor has finished. Each starts after a pause, concurrently with the others. */
const events = {
  ingest: (taskId: string, worker: WorkerContext) => ingestVideo(worker, { taskId, tries: 0 }),
  "last try of the ingest": (taskId: string, worker: WorkerContext) =>
    ingestVideo(worker, { taskId, tries: 4 }),
  "the vendor's file breaks": async (taskId: string) => {
    const match = await promptOf(taskId);
    product.sandbox.control.enableFault("file-malformed", { match, times: 1 });
  },
  "the vendor's file is slow": async (taskId: string) => {
    const match = await promptOf(taskId);
    product.sandbox.control.enableFault("file-slow:700", { match, times: 1 });
  },
  "the ingest counts as crashed": expireIngests,
  "the vendor reports a failure": (taskId: string, worker: WorkerContext) =>
    refundTask(worker, taskId, { code: "VENDOR_REJECTED" }),
  cancel: (taskId: string) =>
    ana.execute(CancelTaskDocument, { input: { taskId: publicId("task", taskId) } }),
  "another check": (taskId: string, worker: WorkerContext) => checkTask(worker, { taskId, polls: 0 }),
  sweep: (_: string, worker: WorkerContext) => sweepTasks(worker),
  "sweep after the deadline": async (taskId: string, worker: WorkerContext) => {
    const late = { now: () => new Date(Date.now() + 2 * 3_600_000) };
    const task = await taskById(product.app.db, taskId);
    if (task) await ingestVideo({ ...worker, clock: late }, { taskId, tries: 0 });
  },
  "a worker presumed dead comes back": lateIngest,
  delete: deleteVideo,
  "delete once the video exists": async (taskId: string) => {
    const exists = async () => (await videoOf(taskId)) !== undefined;
    for (let n = 0; n < 100 && !(await exists()); n++) await sleep(50);
    return deleteVideo(taskId);
  },
} satisfies Record<string, (taskId: string, worker: WorkerContext) => Promise<unknown>>;

async function expireIngests(): Promise<void> {
  await product.app.db.execute(sql`update video_ingests set renewed_at = now() - interval '1 minute'`);
}

/** Receives a malformed file so late that another worker may have finished the video by then. */
async function lateIngest(taskId: string, worker: WorkerContext): Promise<void> {
  const match = await promptOf(taskId);
  for (const fault of ["file-slow:4000", "file-malformed"])
    product.sandbox.control.enableFault(fault, { match, times: 1 });
  const late = ingestVideo(worker, { taskId, tries: 0 });
  await sleep(500);
  await expireIngests();
  const [other] = workers.filter((one) => one !== worker) as [WorkerContext];
  await Promise.allSettled([late, ingestVideo(other, { taskId, tries: 0 })]);
}

function deleteVideo(taskId: string) {
  return ana.execute("mutation ($id: ID!) { deleteVideo(input: { videoId: $id }) { deletedVideoId } }", {
    id: publicId("video", taskId),
  });
}

const prompts = new Map<string, string>();
const promptOf = async (taskId: string) => prompts.get(taskId) as string;

const videoOf = async (id: string) =>
  (await product.app.db.select().from(videos).where(eq(videos.id, id)))[0];

/** A task whose video is ready at the vendor and not yet ingested. */
async function finishedAtVendor(n: number): Promise<string> {
  const prompt = `interleaved ${n}`;
  const taskId = uuidFromPublicId("task", await create(ana, { prompt })) as string;
  prompts.set(taskId, prompt);
  const [worker] = workers as [WorkerContext];
  await submitTask(worker, { taskId, tries: 0 });
  await until("the vendor's end", async () => {
    await checkTask(worker, { taskId, polls: 0 });
    const jobs = await product.app.db.execute(
      sql`select 1 from pgboss.job where name = 'ingest-video' and data->>'taskId' = ${taskId}`,
    );
    return jobs.length > 0;
  });
  return taskId;
}

/** Describes a stored file that differs from its row at this moment. Null if it matches, or if there is no video. */
async function findMismatch(taskId: string): Promise<string | null> {
  const video = await videoOf(taskId);
  if (!video || video.deletedAt) return null;
  const sha256 = await sha256Of(originalKey(getVideoFolder(video)));
  if (sha256 === video.sha256) return null;
  const after = await videoOf(taskId);
  return after?.deletedAt ? null : `${taskId}: ${sha256} instead of ${video.sha256}`;
}

async function sha256Of(key: string): Promise<string> {
  try {
    const hash = createHash("sha256");
    for await (const chunk of await product.app.storage.open(key)) hash.update(chunk);
    return hash.digest("hex");
  } catch (error) {
    if (error instanceof StoredFileMissing) return "no file";
    throw error;
  }
}

test("a worker that was presumed dead and comes back late does not change the finished video", async () => {
  const taskId = await finishedAtVendor(1_000);
  await lateIngest(taskId, workers[0] as WorkerContext);
  const video = await videoOf(taskId);
  expect(video).toBeDefined();
  expect(await findMismatch(taskId)).toBeNull();
});

test("a second ingest of a task waits for the first and finds it done", async () => {
  const taskId = await finishedAtVendor(1_001);
  await Promise.all(workers.map((worker) => ingestVideo(worker, { taskId, tries: 0 })));
  const video = await videoOf(taskId);
  await Promise.all(workers.map((worker) => ingestVideo(worker, { taskId, tries: 0 })));
  expect(await videoOf(taskId)).toEqual(video);
  expect(await findMismatch(taskId)).toBeNull();
});

const seed = Math.floor(Math.random() * 2 ** 31);
const step = fc.record({
  event: fc.constantFrom(...(Object.keys(events) as (keyof typeof events)[])),
  afterMs: fc.integer({ min: 0, max: 2_500 }),
  worker: fc.nat({ max: 1 }),
});
/** One ingest, usually a second one, and other events between them. */
const schedule = fc
  .tuple(fc.array(step, { minLength: 3, maxLength: 9 }), fc.integer({ min: 0, max: 1_500 }), fc.boolean())
  .map(([steps, secondMs, hasSecond]) => [
    ...steps,
    { event: "ingest" as const, afterMs: 0, worker: 0 },
    ...(hasSecond ? [{ event: "ingest" as const, afterMs: secondMs, worker: 1 }] : []),
  ]);

test(`no interleaving changes a finished video or leaves a file without a row (seed ${seed})`, {
  timeout: 900_000,
}, async () => {
  const schedules = fc.sample(schedule, { numRuns: 10, seed });
  const mismatches: string[] = [];
  let isOver = false;
  const taskIds: string[] = [];
  const watching = (async () => {
    while (!isOver) {
      for (const taskId of [...taskIds]) {
        const found = await findMismatch(taskId);
        if (found) mismatches.push(found);
      }
      await sleep(20);
    }
  })();
  try {
    for (let at = 0; at < schedules.length; at += 6) {
      await Promise.all(
        schedules.slice(at, at + 6).map(async (steps, n) => {
          const taskId = await finishedAtVendor(at + n);
          taskIds.push(taskId);
          await Promise.all(
            steps.map(async ({ event, afterMs, worker }) => {
              await sleep(afterMs);
              // A step that fails is a job that fails: it is run again later.
              await events[event](taskId, workers[worker] as WorkerContext).catch(() => {});
            }),
          );
        }),
      );
    }
    product.sandbox.control.clearFaults();
    await finishAllJobs();
  } finally {
    isOver = true;
    await watching;
  }
  expect(mismatches).toEqual([]);
  const tools = { ...product.app, databaseUrl: product.testDb.url };
  expect(await collect(auditFiles(tools, { bytes: true }))).toEqual([]);
  expect(await audit(product)).toEqual([]);
  const rows = await product.app.db.select().from(videos);
  expect(rows.length, "some tasks became videos").toBeGreaterThan(0);
});

/** A real worker runs all remaining jobs immediately. */
async function finishAllJobs(): Promise<void> {
  const { db } = product.app;
  const shutdown = new Shutdown(product.app.logger);
  await startWorker(product.app, shutdown);
  const runDueJobs = async () => {
    await db.execute(sql`update pgboss.job set start_after = now() where state < 'active'`);
    await db.execute(sql`update tasks set next_check_at = now() where finished_at is null`);
    await sweepTasks(workers[0] as WorkerContext);
    const [row] = await db.execute<{ open: number }>(sql`
      select (select count(*) from tasks where finished_at is null) + (select count(*) from video_ingests)
        + (select count(*) from pgboss.job where state < 'completed'
          and name in ('videos.delete-files', 'ingest-video')) as open`);
    if (Number(row?.open) > 0) await sleep(500);
    return Number(row?.open) === 0;
  };
  await until("the end of all tasks and jobs", runDueJobs);
  await shutdown.close();
}
