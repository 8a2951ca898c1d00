import { crashPoint } from "../../../platform/crash-points.js";
import { publicId } from "../../../platform/ids.js";
import { span } from "../../../platform/tracing.js";
import type { VideoFacts } from "../../videos/index.js";
import { type Attempt, liveAttempt } from "../attempts.repository.js";
import { fetchTriesMax, refetchDelayMs } from "../backoff.js";
import { isHopeless, lookExpectedIn, videoIdOf, type WorkerSaga } from "../saga.js";
import { isFinal } from "../task-states.js";
import { takeInQueue } from "../tasks.jobs.js";
import { expectNextLook, type TaskRow, taskById } from "../tasks.repository.js";
import { refundTask } from "./refund-task.js";
import { settleTask } from "./settle-task.js";

/** What came home, or why it did not. */
type TakenIn =
  | { kind: "complete"; facts: VideoFacts; byteSize: number; sha256: string }
  | { kind: "not-yet"; detail: string };

/**
 * Streams the vendor's file into our storage while hashing it, looks whether it is a video, and
 * makes the watermarked preview and the stills. Every part may run again: the files' names follow
 * from the task's id, so a repetition overwrites what an earlier try left.
 */
export async function takeInVideo(saga: WorkerSaga, job: { taskId: string; tries: number }): Promise<void> {
  const task = await taskById(saga.db, job.taskId);
  if (!task || isFinal(task.status)) return;
  const attempt = await liveAttempt(saga.db, task.id);
  if (attempt?.outcome !== "ACCEPTED") return;
  if (isHopeless(saga, task)) return giveUp(saga, task, "INTERNAL");
  const taken = await bringHome(saga, task, attempt);
  if (taken.kind === "complete") return settleTask(saga, task, taken);
  saga.logger.warn(
    { taskId: task.id, tries: job.tries + 1, detail: taken.detail },
    "a finished video is not home yet",
  );
  if (job.tries + 1 < fetchTriesMax) return tryAgain(saga, task, job.tries + 1);
  await giveUp(saga, task, "VENDOR_UNAVAILABLE");
}

async function giveUp(
  saga: WorkerSaga,
  task: TaskRow,
  code: "VENDOR_UNAVAILABLE" | "INTERNAL",
): Promise<void> {
  await refundTask(saga, task.id, { code, discardVideoId: videoIdOf(task) });
}

async function bringHome(saga: WorkerSaga, task: TaskRow, attempt: Attempt): Promise<TakenIn> {
  const { files, limits } = saga;
  const videoId = videoIdOf(task);
  const vendor = saga.vendors.named(attempt.vendor);
  if (!vendor || !attempt.vendorTaskId) return notYet("its vendor is not set up here");
  const opened = await vendor.fetch(attempt.vendorTaskId, attempt.videoUrl);
  if (opened.kind !== "opened") return notYet(opened.detail);
  const stored = await span("store clean file", {}, () =>
    files.storeClean(videoId, opened.body, {
      bytesMax: limits.videoBytesMax,
      announcedBytes: opened.byteLength,
      timeLimitMs: limits.fetchTimeLimitMs,
    }),
  );
  if (stored.kind !== "stored") return notYet(stored.kind);

  const facts = await files.inspect(videoId);
  if (facts.kind !== "video") return notYet(facts.detail);
  const mark = { ownerShortId: shortUserId(task.userId), date: task.createdAt };
  const previewMade = span("make preview", {}, () => files.makePreview({ videoId, facts }, mark));
  const stillsMade = span("make stills", {}, () => files.makeStills({ videoId, facts }, mark));
  // Side by side; and when one fails, the other does not go on writing behind the task's back.
  await Promise.allSettled([previewMade, stillsMade]);
  const [preview, stills] = [await previewMade, await stillsMade];
  if (preview.kind !== "made") return notYet(`preview: ${describe(preview)}`);
  if (stills.kind !== "made") return notYet(`stills: ${describe(stills)}`);
  return { kind: "complete", facts, byteSize: stored.byteSize, sha256: stored.sha256 };
}

/** Enough of a user's id to find them by, in the watermark. */
function shortUserId(userId: string): string {
  return publicId("user", userId).slice(-8);
}

function notYet(detail: string): TakenIn {
  return { kind: "not-yet", detail };
}

function describe(result: { kind: string; detail?: string }): string {
  return `${result.kind}${result.detail ? `: ${result.detail.slice(0, 500)}` : ""}`;
}

async function tryAgain(saga: WorkerSaga, task: TaskRow, tries: number): Promise<void> {
  const delayMs = refetchDelayMs(saga.limits.pollIntervalMs, tries);
  await saga.db.transaction(async (tx) => {
    await expectNextLook(tx, task.id, lookExpectedIn(saga, delayMs + takeInQueue.expireInSec * 1000));
    const job = { payload: { taskId: task.id, tries }, group: task.userId, onceKey: task.id, delayMs };
    await saga.jobs.enqueue(tx, takeInQueue, [job]);
  });
  crashPoint("take-in-video.queued-again");
  saga.jobs.announce(takeInQueue, delayMs);
}
