import { retry } from "../../../platform/async/retry.js";
import { isDatabaseUnavailable } from "../../../platform/db/index.js";
import { newUuid } from "../../../platform/ids/ids.js";
import {
  isVendorFailure,
  type ReferenceImage,
  type SubmitResult,
  type Vendor,
} from "../../../vendors/contract.js";
import type { VendorOrder } from "../../catalog/index.js";
import { type Attempt, attemptsOf, beginAttempt, endAttempt, liveAttempt } from "../attempts.repository.js";
import { resubmitDelayMs } from "../backoff.js";
import { checkExpectedIn, delayWithinDeadline, isOverdue } from "../deadlines.js";
import { joinedPrompt } from "../remixes.js";
import type { WorkerContext } from "../tasks.context.js";
import { crashPoint } from "../tasks.crash-points.js";
import { submitQueue } from "../tasks.jobs.js";
import { setNextCheckAt, type TaskRow, taskById } from "../tasks.repository.js";
import { withoutPrompts } from "../vendor-text.js";
import { candidatesFor, isAvailable, recordHealth, shortestWaitMs } from "../vendors/vendor-selection.js";
import { acceptTask } from "./accept-task.js";
import { refundTask } from "./refund-task.js";

/** The longest submission: the vendors' timeouts are shorter. */
const sendingMaxMs = 120_000;
const checkWhileSendingMs = 5_000;
/** A minute in all: enough for a restart or a failover of the database. */
const writePausesMs = [250, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/**
 * Submits the task to a vendor, and to the next one if the first call surely had no effect. The attempt is
 * stored before the call and its outcome after it; no transaction is open during the call. If the sender
 * dies in between, the outcome is unknown and the task is never submitted again.
 */
export async function submitTask(
  context: WorkerContext,
  job: { taskId: string; tries: number },
): Promise<void> {
  const task = await taskById(context.db, job.taskId);
  if (task?.status !== "NOT_START") return;
  const attempts = await attemptsOf(context.db, task.id);
  const live = attempts.find(({ outcome }) => outcome !== "THROTTLED");
  if (live) return resolvePendingAttempt(context, task, live);
  if (isOverdue(context, task)) return void (await refundTask(context, task.id, { code: "TIMEOUT" }));

  const prompt = await joinedPrompt(context.db, task);
  for (const { vendor, order } of candidatesFor(context, task, attempts).filter(isAvailable)) {
    const image = await imageOf(context, task);
    const attempt = await beginOrResume(context, task, vendor, order);
    if (!attempt) return enqueueSubmission(context, task, job.tries, checkWhileSendingMs);
    const result = await submit(vendor, { prompt, durationSec: task.durationSec }, order, image);
    crashPoint("submit-task.vendor-answered");
    const isHealthy = result.kind === "accepted" || result.kind === "rejected";
    await retryWrite(context, task, () => recordHealth(context, vendor, task, isHealthy));
    crashPoint("submit-task.health-recorded");
    if (result.kind !== "throttled")
      return retryWrite(context, task, (tries) => recordOutcome(context, task, attempt, result, tries));
    await retryWrite(context, task, () => recordThrottled(context, task, attempt, result));
  }
  await tryAgainLater(context, task, job.tries);
}

/**
 * Waits for the database while it is unavailable: a vendor's answer comes only once, and an attempt with an
 * unknown outcome is never sent again.
 */
function retryWrite<T>(
  context: WorkerContext,
  task: TaskRow,
  write: (tries: number) => Promise<T>,
): Promise<T> {
  return retry(write, {
    pausesMs: writePausesMs,
    isRetryable: isDatabaseUnavailable,
    onRetry: (err, pauseMs) =>
      context.logger.warn({ err, taskId: task.id, pauseMs }, "a submission waits for the database"),
  });
}

async function recordThrottled(
  context: WorkerContext,
  task: TaskRow,
  attempt: Attempt,
  { retryAfterMs, detail }: Extract<SubmitResult, { kind: "throttled" }>,
): Promise<void> {
  const endedAt = context.clock.now();
  const retryAt = retryAfterMs ? new Date(endedAt.getTime() + retryAfterMs) : null;
  const answer = withoutPrompts(task, detail);
  await endAttempt(context.db, attempt.id, { outcome: "THROTTLED", endedAt, answer, retryAt });
  crashPoint("submit-task.throttled-written");
}

async function beginOrResume(
  context: WorkerContext,
  task: TaskRow,
  vendor: Vendor,
  order: VendorOrder,
): Promise<Attempt | null> {
  const { prompt, durationSec } = task;
  const newAttempt = {
    id: newUuid(),
    taskId: task.id,
    vendor: vendor.name,
    vendorModel: order.vendorModel,
    senderId: context.liveness.workerId,
    // Of a remix only its own prompt: the others' are theirs.
    sent: {
      ...{ prompt, durationSec, model: order.vendorModel, size: order.size },
      ...(task.referenceImageId && { referenceImageId: task.referenceImageId }),
    },
  };
  return retryWrite(context, task, async () => {
    const attempt = await beginAttempt(context.db, newAttempt, checkExpectedIn(context, sendingMaxMs));
    crashPoint("submit-task.attempt-written");
    return attempt;
  });
}

/** Read before the attempt begins, so that an unreadable image is not taken for a lost answer. */
async function imageOf(context: WorkerContext, task: TaskRow): Promise<ReferenceImage | null> {
  return task.referenceImageId ? context.media.openForVendor(task.referenceImageId) : null;
}

function submit(
  vendor: Vendor,
  { prompt, durationSec }: { prompt: string; durationSec: number },
  { vendorModel, size }: VendorOrder,
  image: ReferenceImage | null,
): Promise<SubmitResult> {
  return vendor.submit({ prompt, durationSec, vendorModel, size, ...(image && { image }) });
}

/** Every outcome but THROTTLED is the last: no other attempt may follow. */
async function recordOutcome(
  context: WorkerContext,
  task: TaskRow,
  attempt: Attempt,
  result: Exclude<SubmitResult, { kind: "throttled" }>,
  tries: number,
): Promise<void> {
  // An earlier commit may have happened although its answer was lost.
  if (tries > 0 && (await liveAttempt(context.db, task.id))?.outcome === "ACCEPTED") return;
  if (!isVendorFailure(result)) return acceptTask(context, task, attempt, result);
  const outcomes = { rejected: "REJECTED", refused: "REFUSED", "outcome-unknown": "UNKNOWN" } as const;
  await refundTask(context, task.id, {
    code: failureCodeOf(result),
    attempt: {
      id: attempt.id,
      outcome: outcomes[result.kind],
      answer: withoutPrompts(task, result.detail),
    },
  });
}

function failureCodeOf(result: { kind: string; reason?: string }) {
  if (result.kind !== "rejected") return "VENDOR_UNAVAILABLE";
  return result.reason === "content-policy" ? "CONTENT_POLICY" : "VENDOR_REJECTED";
}

/** The attempt may have reached a vendor: another worker is sending it now, or its sender died. */
async function resolvePendingAttempt(context: WorkerContext, task: TaskRow, live: Attempt): Promise<void> {
  if (live.outcome !== "SENDING") return;
  const sendingMs = context.clock.now().getTime() - live.startedAt.getTime();
  const canStillSucceed = sendingMs < sendingMaxMs && (await context.liveness.isAlive(live.senderId));
  if (canStillSucceed) return enqueueSubmission(context, task, 0, checkWhileSendingMs);
  await refundTask(context, task.id, {
    code: "VENDOR_UNAVAILABLE",
    attempt: {
      id: live.id,
      outcome: "UNKNOWN",
      answer: "the worker died before the answer was stored",
    },
  });
}

/** When the first Retry-After ends. The next run skips the vendors that still have to wait. */
async function tryAgainLater(context: WorkerContext, task: TaskRow, tries: number): Promise<void> {
  const candidates = candidatesFor(context, task, await attemptsOf(context.db, task.id));
  const delayMs = delayWithinDeadline(context, task, resubmitDelayMs(tries, shortestWaitMs(candidates)));
  await enqueueSubmission(context, task, tries + 1, delayMs);
}

async function enqueueSubmission(
  context: WorkerContext,
  task: TaskRow,
  tries: number,
  delayMs: number,
): Promise<void> {
  await context.db.transaction(async (tx) => {
    await setNextCheckAt(tx, task.id, checkExpectedIn(context, delayMs));
    const again = { payload: { taskId: task.id, tries }, group: task.userId, onceKey: task.id, delayMs };
    await context.jobs.enqueue(tx, submitQueue, [again]);
  });
  crashPoint("submit-task.queued-again");
  context.jobs.announce(submitQueue, delayMs);
}
