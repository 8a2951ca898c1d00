import type { WebhookCall } from "../../../platform/crypto/standard-webhooks.js";
import type { Tx } from "../../../platform/db/index.js";
import { taskIdAtVendor } from "../attempts.repository.js";
import { isFinal } from "../task-states.js";
import type { TaskContext } from "../tasks.context.js";
import { checkQueue } from "../tasks.jobs.js";
import { taskById } from "../tasks.repository.js";
import { hasEvent, storeEvent, type VendorEvent } from "../vendor-events.repository.js";

/** `unknown-vendor`: no configured vendor has webhooks at this address. */
export type WebhookOutcome = "unknown-vendor" | "unreadable" | "not-genuine" | "accepted";

/**
 * A vendor's webhook reports that a task may have ended, so the task is checked now. The call's content is not
 * trusted: only the vendor's answer to the check counts.
 */
export async function receiveWebhook(
  context: TaskContext,
  catalogName: string,
  call: WebhookCall,
): Promise<WebhookOutcome> {
  const vendor = context.vendors.findByCatalogName(catalogName);
  const event = vendor?.parseWebhook?.(call);
  if (!vendor || !event) return "unknown-vendor";
  if (event.kind === "unreadable" || event.kind === "not-genuine") {
    context.logger.warn({ vendor: vendor.name, detail: event.detail }, "a webhook was rejected");
    return event.kind;
  }
  if (event.kind === "task-ended") {
    const { eventId, vendorTaskId } = event;
    await acceptEvent(context, { vendor: vendor.name, eventId, vendorTaskId });
  }
  return "accepted";
}

/** Stores the event and brings the check forward, in one transaction. */
async function acceptEvent(context: TaskContext, event: VendorEvent): Promise<void> {
  const found = await context.db.transaction(async (tx) => {
    if (!(await storeEvent(tx, event))) return "repeated";
    return (await expediteCheck(context, tx, event)) ? "now" : "unknown";
  });
  if (found === "now") context.jobs.announce(checkQueue);
  // The submission may have been stored meanwhile: see checkIfAlreadyNotified.
  if (found === "unknown") await checkNow(context, event);
}

/**
 * After a submission: the webhook may have overtaken the answer. The event is stored before its task is
 * searched, and the task's id before its event is searched, so one of the two finds the other.
 */
export async function checkIfAlreadyNotified(
  context: TaskContext,
  vendor: string,
  vendorTaskId: string,
): Promise<void> {
  const isNotified =
    context.vendors.findByName(vendor)?.parseWebhook && (await hasEvent(context.db, vendor, vendorTaskId));
  if (isNotified) await checkNow(context, { vendor, vendorTaskId });
}

async function checkNow(context: TaskContext, at: Omit<VendorEvent, "eventId">): Promise<void> {
  const found = await context.db.transaction((tx) => expediteCheck(context, tx, at));
  if (found) context.jobs.announce(checkQueue);
}

/** False if no unfinished task has this id at the vendor. */
async function expediteCheck(
  context: TaskContext,
  tx: Tx,
  at: Omit<VendorEvent, "eventId">,
): Promise<boolean> {
  const taskId = await taskIdAtVendor(tx, at.vendor, at.vendorTaskId);
  const task = taskId && (await taskById(tx, taskId));
  if (!task || isFinal(task.status)) return false;
  const check = { payload: { taskId: task.id, polls: 0 }, group: task.userId, onceKey: task.id };
  await context.jobs.bringForward(tx, checkQueue, check);
  return true;
}
