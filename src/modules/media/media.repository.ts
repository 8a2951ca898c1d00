import type { Queryable } from "../../platform/db/index.js";
import { prepareFindByIds, prepareIsOwner } from "../../platform/db/prepared.js";
import { media } from "./media.tables.js";

/** An image as the database has it. Ids are bare UUIDs. */
export type MediaRow = typeof media.$inferSelect;

export async function insertMedia(db: Queryable, row: MediaRow): Promise<void> {
  await db.insert(media).values(row);
}

export const mediaByIds = prepareFindByIds(media);

/** In a transaction it must be asked through that: one that waits for a second connection can wait for ever. */
export const ownsMedia = prepareIsOwner(media);
