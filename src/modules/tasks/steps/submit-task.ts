import { crashPoint } from "../../../platform/crash-points.js";
import type { ReferenceImage, SubmitResult, Vendor } from "../../../vendors/contract.js";
import { isVendorFailure } from "../../../vendors/vendor-errors.js";
import type { Ratio, VendorOrder } from "../../catalog/index.js";
import {
  type Attempt,
  beginAttempt,
  countThrottled,
  endAttempt,
  liveAttempt,
} from "../attempts.repository.js";
import { lookDelayMs, resubmitDelayMs } from "../backoff.js";
import { expectLateAnswer } from "../late-answers.repository.js";
import {
  announceTask,
  delayWithinDeadline,
  firstAskAt,
  isOverdue,
  lookExpectedIn,
  type WorkerSaga,
} from "../saga.js";
import { standingAfter } from "../task-states.js";
import { checkQueue, submitQueue } from "../tasks.jobs.js";
import { expectNextLook, moveTask, type TaskRow, taskById } from "../tasks.repository.js";
import { cancelAtVendor } from "./cancel-task.js";
import { refundTask } from "./refund-task.js";

/** How long a submission may go on: the vendor's time-outs are shorter. */
const sendingMaxMs = 120_000;
const whileSendingLookMs = 5_000;

/**
 * Asks a vendor for the video. The attempt is written down before the vendor is called, with no
 * transaction open during the call, and its outcome after; an attempt whose sender died in between
 * has an unknown outcome and is never sent again.
 */
export async function submitTask(saga: WorkerSaga, job: { taskId: string; tries: number }): Promise<void> {
  const task = await taskById(saga.db, job.taskId);
  if (task?.status !== "NOT_START") return;
  const earlier = await liveAttempt(saga.db, task.id);
  if (earlier) return resolveEarlier(saga, task, earlier);
  if (isOverdue(saga, task)) return void (await refundTask(saga, task.id, { code: "TIMEOUT" }));

  let retryAfterMs: number | null = null;
  for (const { vendor, order } of candidates(saga, task)) {
    const image = await imageOf(saga, task);
    const attempt = await begin(saga, task, vendor, order);
    if (!attempt) return;
    const result = await send(vendor, task, order, image);
    crashPoint("submit-task.vendor-answered");
    await saga.health.record(vendor.name, result.kind === "accepted" || result.kind === "rejected");
    if (result.kind !== "throttled") return finish(saga, task, attempt, result);
    await endAttempt(saga.db, attempt.id, {
      outcome: "THROTTLED",
      endedAt: saga.clock.now(),
      answer: result.detail,
    });
    retryAfterMs = Math.max(retryAfterMs ?? 0, result.retryAfterMs ?? 0);
  }
  await tryAgainLater(saga, task, retryAfterMs);
}

/** The catalogue's vendors for this task that are well, best first. */
function candidates(saga: WorkerSaga, task: TaskRow): { vendor: Vendor; order: VendorOrder }[] {
  return saga.catalog.vendorsFor({ ...task, ratio: task.ratio as Ratio }).flatMap((order) => {
    const vendor = saga.vendors.forCatalogName(order.vendor);
    return vendor && saga.health.isWell(vendor.name) ? [{ vendor, order }] : [];
  });
}

async function begin(
  saga: WorkerSaga,
  task: TaskRow,
  vendor: Vendor,
  order: VendorOrder,
): Promise<Attempt | null> {
  const { prompt, durationSec } = task;
  const attempt = await beginAttempt(saga.db, {
    taskId: task.id,
    vendor: vendor.name,
    vendorModel: order.vendorModel,
    senderId: saga.presence.workerId,
    sent: {
      ...{ prompt, durationSec, model: order.vendorModel, size: order.size },
      ...(task.referenceImageId && { referenceImageId: task.referenceImageId }),
    },
  });
  await expectNextLook(saga.db, task.id, lookExpectedIn(saga, sendingMaxMs));
  crashPoint("submit-task.attempt-written");
  return attempt;
}

/** Read before the attempt is begun: a picture that cannot be read must not look like a lost answer. */
async function imageOf(saga: WorkerSaga, task: TaskRow): Promise<ReferenceImage | null> {
  return task.referenceImageId ? saga.media.openForVendor(task.referenceImageId) : null;
}

function send(
  vendor: Vendor,
  { prompt, durationSec }: TaskRow,
  { vendorModel, size }: VendorOrder,
  image: ReferenceImage | null,
): Promise<SubmitResult> {
  return vendor.submit({ prompt, durationSec, vendorModel, size, ...(image && { image }) });
}

/** Every outcome but THROTTLED is the last: no other attempt may follow. */
async function finish(
  saga: WorkerSaga,
  task: TaskRow,
  attempt: Attempt,
  result: Exclude<SubmitResult, { kind: "throttled" }>,
): Promise<void> {
  if (!isVendorFailure(result)) return accept(saga, task, attempt, result);
  const outcomes = { rejected: "REJECTED", refused: "REFUSED", "outcome-unknown": "UNKNOWN" } as const;
  await refundTask(saga, task.id, {
    code: failureCodeOf(result),
    attempt: { id: attempt.id, outcome: outcomes[result.kind], answer: result.detail },
  });
}

async function accept(
  saga: WorkerSaga,
  task: TaskRow,
  attempt: Attempt,
  result: Extract<SubmitResult, { kind: "accepted" }>,
): Promise<void> {
  const now = saga.clock.now();
  const delayMs = delayWithinDeadline(saga, task, lookDelayMs(saga.limits.pollIntervalMs, 0));
  const moved = await saga.db.transaction(async (tx) => {
    const { answer, vendorTaskId } = result;
    await endAttempt(tx, attempt.id, { outcome: "ACCEPTED", endedAt: now, answer, vendorTaskId });
    const standing = standingAfter(task, result.state);
    const row = await moveTask(tx, task.id, {
      to: standing.status,
      progress: standing.progress,
      submittedAt: now,
      ...(standing.status === "IN_PROGRESS" && { startedAt: now }),
      nextLookAt: lookExpectedIn(saga, delayMs),
    });
    if (!row) await expectLateAnswer(tx, task.id, firstAskAt(saga));
    if (row) {
      const check = { payload: { taskId: task.id, looks: 0 }, group: task.userId, onceKey: task.id, delayMs };
      await saga.jobs.enqueue(tx, checkQueue, [check]);
    }
    return row;
  });
  crashPoint("submit-task.outcome-written");
  saga.logger.info({ taskId: task.id, vendor: attempt.vendor }, "a vendor took a task in");
  if (!moved) return cancelAtVendor(saga, { taskId: task.id }); // It was called off meanwhile.
  saga.jobs.announce(checkQueue, delayMs);
  announceTask(saga, moved);
}

function failureCodeOf(result: { kind: string; reason?: string }) {
  if (result.kind !== "rejected") return "VENDOR_UNAVAILABLE";
  return result.reason === "content-policy" ? "CONTENT_POLICY" : "VENDOR_REJECTED";
}

/** There is an attempt: either somebody is sending it right now, or its sender died. */
async function resolveEarlier(saga: WorkerSaga, task: TaskRow, earlier: Attempt): Promise<void> {
  if (earlier.outcome !== "SENDING") return;
  const sendingMs = saga.clock.now().getTime() - earlier.startedAt.getTime();
  const maySucceedYet = sendingMs < sendingMaxMs && (await saga.presence.isAtWork(earlier.senderId));
  if (maySucceedYet) return enqueueSubmission(saga, task, 0, whileSendingLookMs);
  await refundTask(saga, task.id, {
    code: "VENDOR_UNAVAILABLE",
    attempt: {
      id: earlier.id,
      outcome: "UNKNOWN",
      answer: "the worker died before the answer was written down",
    },
  });
}

async function tryAgainLater(saga: WorkerSaga, task: TaskRow, retryAfterMs: number | null): Promise<void> {
  const tries = await countThrottled(saga.db, task.id);
  const delayMs = delayWithinDeadline(saga, task, resubmitDelayMs(Math.max(0, tries - 1), retryAfterMs));
  await enqueueSubmission(saga, task, tries, delayMs);
}

async function enqueueSubmission(
  saga: WorkerSaga,
  task: TaskRow,
  tries: number,
  delayMs: number,
): Promise<void> {
  await saga.db.transaction(async (tx) => {
    await expectNextLook(tx, task.id, lookExpectedIn(saga, delayMs));
    const again = { payload: { taskId: task.id, tries }, group: task.userId, onceKey: task.id, delayMs };
    await saga.jobs.enqueue(tx, submitQueue, [again]);
  });
  saga.jobs.announce(submitQueue, delayMs);
}
