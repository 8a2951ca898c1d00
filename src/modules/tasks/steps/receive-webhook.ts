import type { WebhookCall } from "../../../platform/crypto/standard-webhooks.js";
import type { Tx } from "../../../platform/db/index.js";
import { taskIdAtVendor } from "../attempts.repository.js";
import { isFinal } from "../task-states.js";
import type { TaskContext } from "../tasks.context.js";
import { checkQueue } from "../tasks.jobs.js";
import { taskById } from "../tasks.repository.js";
import { hasEvent, storeEvent, type VendorEvent } from "../vendor-events.repository.js";

/** `nobody`: no vendor here is told anything at that address. */
export type WebhookOutcome = "nobody" | "unreadable" | "not-genuine" | "taken";

/**
 * A vendor calls our webhook: a task of ours may have ended, so it is looked at now instead of later.
 * Nothing that the call says is believed; what counts is what the vendor answers to the look.
 */
export async function receiveWebhook(
  context: TaskContext,
  catalogName: string,
  call: WebhookCall,
): Promise<WebhookOutcome> {
  const vendor = context.vendors.findByCatalogName(catalogName);
  const news = vendor?.parseWebhook?.(call);
  if (!vendor || !news) return "nobody";
  if (news.kind === "unreadable" || news.kind === "not-genuine") {
    context.logger.warn({ vendor: vendor.name, detail: news.detail }, "a webhook was refused");
    return news.kind;
  }
  if (news.kind === "task-ended") {
    const { eventId, vendorTaskId } = news;
    await takeEvent(context, { vendor: vendor.name, eventId, vendorTaskId });
  }
  return "taken";
}

/** The event and the look that follows from it are written in one transaction, or neither is. */
async function takeEvent(context: TaskContext, event: VendorEvent): Promise<void> {
  const told = await context.db.transaction(async (tx) => {
    if (!(await storeEvent(tx, event))) return "already";
    return (await expediteCheck(context, tx, event)) ? "now" : "unknown";
  });
  if (told === "now") context.jobs.announce(checkQueue);
  // Its submission may have been written down while we looked: see lookIfToldAlready.
  if (told === "unknown") await checkNow(context, event);
}

/**
 * After a vendor took a task in: its webhook may have overtaken its answer. The event is written before
 * the task is looked for, and the task's id before the event is, so one of the two finds the other.
 */
export async function checkIfAlreadyNotified(
  context: TaskContext,
  vendor: string,
  vendorTaskId: string,
): Promise<void> {
  const isTold =
    context.vendors.findByName(vendor)?.parseWebhook && (await hasEvent(context.db, vendor, vendorTaskId));
  if (isTold) await checkNow(context, { vendor, vendorTaskId });
}

async function checkNow(context: TaskContext, at: Omit<VendorEvent, "eventId">): Promise<void> {
  const found = await context.db.transaction((tx) => expediteCheck(context, tx, at));
  if (found) context.jobs.announce(checkQueue);
}

/** False if the vendor has no unfinished task of ours under this id. */
async function expediteCheck(
  context: TaskContext,
  tx: Tx,
  at: Omit<VendorEvent, "eventId">,
): Promise<boolean> {
  const taskId = await taskIdAtVendor(tx, at.vendor, at.vendorTaskId);
  const task = taskId && (await taskById(tx, taskId));
  if (!task || isFinal(task.status)) return false;
  const look = { payload: { taskId: task.id, polls: 0 }, group: task.userId, onceKey: task.id };
  await context.jobs.bringForward(tx, checkQueue, look);
  return true;
}
