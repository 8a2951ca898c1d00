import type { CheckResult, VendorState } from "../../../vendors/contract.js";
import { announceTasks } from "../announce.js";
import { type Attempt, liveAttempt, storeVideoUrl } from "../attempts.repository.js";
import { pollDelayMs } from "../backoff.js";
import { checkExpectedIn, delayWithinDeadline, isOverdue } from "../deadlines.js";
import { isFinal, progressAfter } from "../task-states.js";
import type { WorkerContext } from "../tasks.context.js";
import { crashPoint } from "../tasks.crash-points.js";
import { checkQueue, ingestQueue } from "../tasks.jobs.js";
import { moveTask, setNextCheckAt, type TaskRow, taskById } from "../tasks.repository.js";
import { withoutPrompts } from "../vendor-text.js";
import { recordHealth } from "../vendors/vendor-selection.js";
import { refundTask } from "./refund-task.js";

/** Asks the vendor how the task is doing, moves it forward, and polls again later until it has ended. */
export async function checkTask(
  context: WorkerContext,
  job: { taskId: string; polls: number },
): Promise<void> {
  const task = await taskById(context.db, job.taskId);
  if (!task || isFinal(task.status)) return;
  const attempt = await liveAttempt(context.db, task.id);
  if (attempt?.outcome !== "ACCEPTED") return;
  const wasOverdue = isOverdue(context, task);
  const result = await checkVendor(context, task, attempt);
  if (result?.kind === "state") {
    const { state } = result;
    if (state.status === "SUCCESS") return startIngest(context, task, attempt, state);
    if (state.failure) return fail(context, task, state.failure);
    await advance(context, task, state);
  }
  if (result?.kind === "rejected" && result.reason === "content-policy") return fail(context, task, result);
  // A check that began after the deadline is the last one.
  if (wasOverdue) return void (await refundTask(context, task.id, { code: "TIMEOUT" }));
  await checkAgain(context, task, job.polls + 1);
}

async function checkVendor(
  context: WorkerContext,
  task: TaskRow,
  attempt: Attempt,
): Promise<CheckResult | null> {
  const vendor = context.vendors.findByName(attempt.vendor);
  if (!vendor || !attempt.vendorTaskId) {
    context.logger.warn(
      { taskId: attempt.taskId, vendor: attempt.vendor },
      "this task's vendor is not configured here",
    );
    return null;
  }
  const result = await vendor.check(attempt.vendorTaskId);
  crashPoint("check-task.vendor-answered");
  const answered = result.kind === "state" || result.kind === "unknown-task" || result.kind === "rejected";
  await recordHealth(context, vendor, task, answered);
  crashPoint("check-task.health-recorded");
  if (result.kind !== "state") {
    const { kind } = result;
    const detail = withoutPrompts(task, result.detail);
    context.logger.warn(
      { taskId: attempt.taskId, vendor: vendor.name, kind, detail },
      "a check of a task failed",
    );
  }
  return result;
}

/** One UPDATE, and none without a change. */
async function advance(context: WorkerContext, task: TaskRow, state: VendorState): Promise<TaskRow | null> {
  const next = progressAfter(task, state);
  if (next.status === task.status && next.progress === task.progress) return null;
  const moved = await moveTask(context.db, task.id, {
    to: next.status,
    progress: next.progress,
    ...(next.status === "IN_PROGRESS" && { startedAt: context.clock.now() }),
  });
  crashPoint("check-task.moved");
  if (moved) announceTasks(context.bus, [moved]);
  return moved;
}

/** The vendor has finished. The task ends when the file is in our storage. */
async function startIngest(
  context: WorkerContext,
  task: TaskRow,
  attempt: Attempt,
  state: VendorState,
): Promise<void> {
  await advance(context, task, { ...state, progress: 100 });
  await context.db.transaction(async (tx) => {
    await storeVideoUrl(tx, attempt.id, state.videoUrl);
    await setNextCheckAt(tx, task.id, checkExpectedIn(context, ingestQueue.expireInSec * 1000));
    const job = { payload: { taskId: task.id, tries: 0 }, group: task.userId, onceKey: task.id };
    await context.jobs.enqueue(tx, ingestQueue, [job]);
  });
  crashPoint("check-task.ingest-queued");
  context.jobs.announce(ingestQueue);
}

async function fail(
  context: WorkerContext,
  task: TaskRow,
  { reason, detail }: NonNullable<VendorState["failure"]>,
): Promise<void> {
  context.logger.info({ taskId: task.id, detail: withoutPrompts(task, detail) }, "the vendor made no video");
  await refundTask(context, task.id, {
    code: reason === "content-policy" ? "CONTENT_POLICY" : "VENDOR_REJECTED",
  });
}

async function checkAgain(context: WorkerContext, task: TaskRow, polls: number): Promise<void> {
  const delayMs = delayWithinDeadline(context, task, pollDelayMs(context.limits.pollIntervalMs, polls));
  await context.db.transaction(async (tx) => {
    await setNextCheckAt(tx, task.id, checkExpectedIn(context, delayMs));
    const job = { payload: { taskId: task.id, polls }, group: task.userId, onceKey: task.id, delayMs };
    await context.jobs.enqueue(tx, checkQueue, [job]);
  });
  crashPoint("check-task.check-queued");
  context.jobs.announce(checkQueue, delayMs);
}
