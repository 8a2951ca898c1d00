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
import { VideoFiles, VideoIngests } from "../../src/modules/videos/index.js";
import { videos } from "../../src/modules/videos/videos.tables.js";
import { Ffmpeg } from "../../src/platform/ffmpeg/ffmpeg.js";
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
  const { db, storage, jobs, logger, scratch, database, ffmpegPath, taskContext } = product.core;
  const presence = new WorkerLiveness(database.directUrl, db, logger);
  await presence.start();
  closers.push(() => presence.stop());
  const ffmpeg = new Ffmpeg(ffmpegPath, 2);
  const files = new VideoFiles({ storage, ffmpeg, tempDirs: scratch, ffmpegTimeLimitMs: 60_000 });
  return { ...taskContext, files, presence, ingests: new VideoIngests({ db, jobs, logger }) };
}

/** What may happen to a task whose video the vendor has finished. Each comes after a pause, beside the others. */
const happenings = {
  "take in": (taskId: string, worker: WorkerContext) => ingestVideo(worker, { taskId, tries: 0 }),
  "last try": (taskId: string, worker: WorkerContext) => ingestVideo(worker, { taskId, tries: 4 }),
  "the vendor's file breaks": async (taskId: string) => {
    const match = await promptOf(taskId);
    product.sandbox.control.enableFault("file-malformed", { match, times: 1 });
  },
  "the vendor's file is slow": async (taskId: string) => {
    const match = await promptOf(taskId);
    product.sandbox.control.enableFault("file-slow:700", { match, times: 1 });
  },
  "its ingest is believed dead": believeDead,
  "it failed after all": (taskId: string, worker: WorkerContext) =>
    refundTask(worker, taskId, { code: "VENDOR_REJECTED" }),
  cancel: (taskId: string) => ana.ask(CancelTaskDocument, { input: { taskId: publicId("task", taskId) } }),
  "look again": (taskId: string, worker: WorkerContext) => checkTask(worker, { taskId, polls: 0 }),
  sweep: (_: string, worker: WorkerContext) => sweepTasks(worker),
  "sweep after the deadline": async (taskId: string, worker: WorkerContext) => {
    const late = { now: () => new Date(Date.now() + 2 * 3_600_000) };
    const task = await taskById(product.core.db, taskId);
    if (task) await ingestVideo({ ...worker, clock: late }, { taskId, tries: 0 });
  },
  "a dead worker comes back": zombie,
  delete: deleteVideo,
  "delete when it is there": async (taskId: string) => {
    const isThere = async () => (await videoOf(taskId)) !== undefined;
    for (let n = 0; n < 100 && !(await isThere()); n++) await sleep(50);
    return deleteVideo(taskId);
  },
} satisfies Record<string, (taskId: string, worker: WorkerContext) => Promise<unknown>>;

async function believeDead(): Promise<void> {
  await product.core.db.execute(sql`update video_ingests set renewed_at = now() - interval '1 minute'`);
}

/** Gets rubbish from the vendor so late that another worker may have finished the video by then. */
async function zombie(taskId: string, worker: WorkerContext): Promise<void> {
  const match = await promptOf(taskId);
  for (const fault of ["file-slow:4000", "file-malformed"])
    product.sandbox.control.enableFault(fault, { match, times: 1 });
  const late = ingestVideo(worker, { taskId, tries: 0 });
  await sleep(500);
  await believeDead();
  const [other] = workers.filter((one) => one !== worker) as [WorkerContext];
  await Promise.allSettled([late, ingestVideo(other, { taskId, tries: 0 })]);
}

function deleteVideo(taskId: string) {
  return ana.ask("mutation ($id: ID!) { deleteVideo(input: { videoId: $id }) { deletedVideoId } }", {
    id: publicId("video", taskId),
  });
}

const prompts = new Map<string, string>();
const promptOf = async (taskId: string) => prompts.get(taskId) as string;

const videoOf = async (id: string) =>
  (await product.core.db.select().from(videos).where(eq(videos.id, id)))[0];

/** A task whose video the vendor has, and no worker yet. */
async function finishedAtVendor(n: number): Promise<string> {
  const prompt = `interleaved ${n}`;
  const taskId = uuidFromPublicId("task", await create(ana, { prompt })) as string;
  prompts.set(taskId, prompt);
  const [worker] = workers as [WorkerContext];
  await submitTask(worker, { taskId, tries: 0 });
  await until("the vendor's end", async () => {
    await checkTask(worker, { taskId, polls: 0 });
    const jobs = await product.core.db.execute(
      sql`select 1 from pgboss.job where name = 'ingest-video' and data->>'taskId' = ${taskId}`,
    );
    return jobs.length > 0;
  });
  return taskId;
}

/** Whether a video's clean file is, at this moment, what its row promises; null where it promises nothing. */
async function brokenPromise(taskId: string): Promise<string | null> {
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
    for await (const chunk of await product.core.storage.open(key)) hash.update(chunk);
    return hash.digest("hex");
  } catch (error) {
    if (error instanceof StoredFileMissing) return "nothing";
    throw error;
  }
}

test("a worker that was believed dead and comes back late does not touch the finished video", async () => {
  const taskId = await finishedAtVendor(1_000);
  await zombie(taskId, workers[0] as WorkerContext);
  const video = await videoOf(taskId);
  expect(video).toBeDefined();
  expect(await brokenPromise(taskId)).toBeNull();
});

test("a second ingest of a task waits for the first and finds it done", async () => {
  const taskId = await finishedAtVendor(1_001);
  await Promise.all(workers.map((worker) => ingestVideo(worker, { taskId, tries: 0 })));
  const video = await videoOf(taskId);
  await Promise.all(workers.map((worker) => ingestVideo(worker, { taskId, tries: 0 })));
  expect(await videoOf(taskId)).toEqual(video);
  expect(await brokenPromise(taskId)).toBeNull();
});

const seed = Math.floor(Math.random() * 2 ** 31);
const step = fc.record({
  what: fc.constantFrom(...(Object.keys(happenings) as (keyof typeof happenings)[])),
  afterMs: fc.integer({ min: 0, max: 2_500 }),
  worker: fc.nat({ max: 1 }),
});
/** A first take-in, and most often a second, among whatever else comes. */
const story = fc
  .tuple(fc.array(step, { minLength: 3, maxLength: 9 }), fc.integer({ min: 0, max: 1_500 }), fc.boolean())
  .map(([steps, secondMs, hasSecond]) => [
    ...steps,
    { what: "take in" as const, afterMs: 0, worker: 0 },
    ...(hasSecond ? [{ what: "take in" as const, afterMs: secondMs, worker: 1 }] : []),
  ]);

test(`no interleaving changes a finished video or leaves a file that no row names (seed ${seed})`, {
  timeout: 600_000,
}, async () => {
  const stories = fc.sample(story, { numRuns: 18, seed });
  const broken: string[] = [];
  let isOver = false;
  const taskIds: string[] = [];
  const watching = (async () => {
    while (!isOver) {
      for (const taskId of [...taskIds]) {
        const found = await brokenPromise(taskId);
        if (found) broken.push(found);
      }
      await sleep(20);
    }
  })();
  try {
    for (let at = 0; at < stories.length; at += 6) {
      await Promise.all(
        stories.slice(at, at + 6).map(async (steps, n) => {
          const taskId = await finishedAtVendor(at + n);
          taskIds.push(taskId);
          await Promise.all(
            steps.map(async ({ what, afterMs, worker }) => {
              await sleep(afterMs);
              // A step that fails is a job that fails: it is run again later.
              await happenings[what](taskId, workers[worker] as WorkerContext).catch(() => {});
            }),
          );
        }),
      );
    }
    product.sandbox.control.clearFaults();
    await letEverythingEnd();
  } finally {
    isOver = true;
    await watching;
  }
  expect(broken).toEqual([]);
  const tools = { ...product.core, databaseUrl: product.testDb.url };
  expect(await collect(auditFiles(tools, { bytes: true }))).toEqual([]);
  expect(await audit(product)).toEqual([]);
  const rows = await product.core.db.select().from(videos);
  expect(rows.length, "some became videos").toBeGreaterThan(0);
});

/** A real worker runs every job that is left, now instead of later. */
async function letEverythingEnd(): Promise<void> {
  const { db } = product.core;
  const rest = new Shutdown(product.core.logger);
  await startWorker(product.core, rest);
  const hurry = async () => {
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
  await until("the end of all tasks and jobs", hurry, 240_000);
  await rest.close();
}
