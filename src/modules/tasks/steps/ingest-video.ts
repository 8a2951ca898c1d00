import { span } from "../../../platform/observability/tracing.js";
import { userPrefix } from "../../accounts/index.js";
import { getVideoFolder, type Ingest, toAiLabel, videoPrefix } from "../../videos/index.js";
import { type Attempt, liveAttempt } from "../attempts.repository.js";
import { fetchTriesMax, refetchDelayMs } from "../backoff.js";
import { checkExpectedIn, isPastGrace } from "../deadlines.js";
import { isFinal } from "../task-states.js";
import type { WorkerContext } from "../tasks.context.js";
import { crashPoint } from "../tasks.crash-points.js";
import { ingestQueue } from "../tasks.jobs.js";
import { setNextCheckAt, type TaskRow, taskById } from "../tasks.repository.js";
import { withoutPrompts } from "../vendor-text.js";
import { refundTask } from "./refund-task.js";
import { type IngestedVideo, settleTask } from "./settle-task.js";

type Ingested =
  | ({ kind: "complete" } & IngestedVideo)
  | { kind: "not-yet"; detail: string }
  /** The vendor made the video and then refused its content. */
  | { kind: "withheld"; detail: string };

/** The pause of a job that found another ingest of its video running. */
const concurrentIngestPauseMs = 5_000;

/**
 * Streams the vendor's file into our storage while hashing it, checks that it is a video, makes the
 * watermarked preview and the stills, and settles the task. One ingest of a task runs at a time, and each
 * writes to its own folder. The folder of a failed ingest is discarded.
 */
export async function ingestVideo(
  context: WorkerContext,
  job: { taskId: string; tries: number },
): Promise<void> {
  const task = await taskById(context.db, job.taskId);
  if (!task || isFinal(task.status)) return;
  const attempt = await liveAttempt(context.db, task.id);
  if (attempt?.outcome !== "ACCEPTED") return;
  if (isPastGrace(context, task)) return void (await refundTask(context, task.id, { code: "INTERNAL" }));
  const ingested = await context.ingests.run(videoIdOf(task), async (ingest) => {
    const result = await ingestOnce(context, task, attempt, ingest);
    if (result.kind === "complete") await settleTask(context, task, result);
    return result;
  });
  if (!ingested) return runAgain(context, task, job.tries, concurrentIngestPauseMs);
  if (ingested.kind === "complete") return;
  if (ingested.kind === "withheld") {
    context.logger.info(
      { taskId: task.id, detail: ingested.detail },
      "the vendor withholds the video for its content",
    );
    return void (await refundTask(context, task.id, { code: "CONTENT_POLICY" }));
  }
  const tries = job.tries + 1;
  context.logger.warn(
    { taskId: task.id, tries, detail: ingested.detail },
    "the ingest of a finished video failed",
  );
  if (tries < fetchTriesMax)
    return runAgain(context, task, tries, refetchDelayMs(context.limits.pollIntervalMs, tries));
  await refundTask(context, task.id, { code: "VENDOR_UNAVAILABLE" });
}

async function ingestOnce(
  context: WorkerContext,
  task: TaskRow,
  attempt: Attempt,
  ingest: Ingest,
): Promise<Ingested> {
  const { files, limits } = context;
  const folder = getVideoFolder({ id: ingest.videoId, ingestId: ingest.id });
  const vendor = context.vendors.findByName(attempt.vendor);
  if (!vendor || !attempt.vendorTaskId) return notYet("its vendor is not configured here");
  const opened = await vendor.fetch(attempt.vendorTaskId, attempt.videoUrl);
  if (opened.kind === "rejected" && opened.reason === "content-policy")
    return { kind: "withheld", detail: withoutPrompts(task, opened.detail) };
  if (opened.kind !== "opened") return notYet(withoutPrompts(task, opened.detail));
  const stored = await span("store clean file", {}, () =>
    files.storeOriginal(folder, opened.body, {
      contentId: videoPrefix.toPublicId(ingest.videoId),
      bytesMax: limits.videoBytesMax,
      announcedBytes: opened.byteLength,
      timeLimitMs: limits.fetchTimeLimitMs,
    }),
  );
  if (stored.kind !== "stored") return notYet(describe(stored));

  const metadata = await files.probe(folder, stored);
  if (metadata.kind !== "video") return notYet(metadata.detail);
  const mark = { ownerShortId: shortUserId(task.userId), date: task.createdAt };
  const clean = await files.sign(stored);
  const original = { ...clean, metadata };
  const previewMade = span("make preview", {}, () => files.makePreview(original, mark));
  const stillsMade = span("make stills", {}, () => files.makeStills(original, mark));
  // Both must end before the ingest does, even if one fails, so that nothing is written later.
  await Promise.allSettled([previewMade, stillsMade]);
  const [preview, stills] = [await previewMade, await stillsMade];
  if (preview.kind !== "made") return notYet(`preview: ${describe(preview)}`);
  if (stills.kind !== "made") return notYet(`stills: ${describe(stills)}`);
  const { byteSize, sha256 } = clean;
  const madeFiles = { ...preview.files, ...stills.files };
  const aiLabel = toAiLabel(clean);
  return { kind: "complete", ingest, metadata, byteSize, sha256, madeFiles, aiLabel };
}

/** A task makes at most one video, so they share one UUID; their public ids differ by their prefix. */
function videoIdOf(task: TaskRow): string {
  return task.id;
}

/** The part of the user's id that the watermark shows. */
function shortUserId(userId: string): string {
  return userPrefix.toPublicId(userId).slice(-8);
}

function notYet(detail: string): Ingested {
  return { kind: "not-yet", detail };
}

function describe(result: { kind: string; detail?: string }): string {
  return `${result.kind}${result.detail ? `: ${result.detail.slice(0, 500)}` : ""}`;
}

async function runAgain(
  context: WorkerContext,
  task: TaskRow,
  tries: number,
  delayMs: number,
): Promise<void> {
  await context.db.transaction(async (tx) => {
    await setNextCheckAt(tx, task.id, checkExpectedIn(context, delayMs + ingestQueue.expireInSec * 1000));
    const job = { payload: { taskId: task.id, tries }, group: task.userId, onceKey: task.id, delayMs };
    await context.jobs.enqueue(tx, ingestQueue, [job]);
  });
  crashPoint("ingest-video.queued-again");
  context.jobs.announce(ingestQueue, delayMs);
}
