import { and, eq } from "drizzle-orm";
import { plannedByIds } from "../../platform/db/planned-rows.js";
import type { Queryable } from "../../platform/db.js";
import { media } from "./media.tables.js";

/** An image as the database has it. Ids are bare UUIDs. */
export type MediaRow = typeof media.$inferSelect;

export async function insertMedia(db: Queryable, row: MediaRow): Promise<void> {
  await db.insert(media).values(row);
}

export const mediaByIds = plannedByIds(media);

/** In a transaction it must be asked through that: one that waits for a second connection can wait for ever. */
export async function ownsMedia(db: Queryable, userId: string, id: string): Promise<boolean> {
  const found = await db
    .select({ id: media.id })
    .from(media)
    .where(and(eq(media.id, id), eq(media.userId, userId)));
  return found.length > 0;
}
