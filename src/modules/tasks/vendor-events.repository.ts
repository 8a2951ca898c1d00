import { and, eq, lt } from "drizzle-orm";
import type { Queryable } from "../../platform/db/index.js";
import { vendorEvents } from "./tasks.tables.js";

/** Vendors repeat an event for up to three days, each time with a new date. */
const ttlMs = 4 * 24 * 60 * 60 * 1000;

export interface VendorEvent {
  vendor: string;
  eventId: string;
  vendorTaskId: string;
}

/** False for a repeated event. */
export async function storeEvent(db: Queryable, event: VendorEvent): Promise<boolean> {
  const rows = await db
    .insert(vendorEvents)
    .values(event)
    .onConflictDoNothing()
    .returning({ eventId: vendorEvents.eventId });
  return rows.length === 1;
}

/** Whether the vendor has reported the end of this task. */
export async function hasEvent(db: Queryable, vendor: string, vendorTaskId: string): Promise<boolean> {
  const rows = await db
    .select({ eventId: vendorEvents.eventId })
    .from(vendorEvents)
    .where(and(eq(vendorEvents.vendor, vendor), eq(vendorEvents.vendorTaskId, vendorTaskId)))
    .limit(1);
  return rows.length === 1;
}

export async function deleteOldEvents(db: Queryable, now: Date): Promise<void> {
  await db.delete(vendorEvents).where(lt(vendorEvents.receivedAt, new Date(now.getTime() - ttlMs)));
}
