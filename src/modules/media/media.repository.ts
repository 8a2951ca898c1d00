import type { Queryable } from "../../platform/db/index.js";
import { prepareFindByIds, prepareIsOwner } from "../../platform/db/prepared.js";
import { media } from "./media.tables.js";

/** A row of `media`. Ids are bare UUIDs. */
export type MediaRow = typeof media.$inferSelect;

export async function insertMedia(db: Queryable, row: MediaRow): Promise<void> {
  await db.insert(media).values(row);
}

export const mediaByIds = prepareFindByIds(media);

/** Inside a transaction, pass its `tx`. A transaction that waits for a second connection can deadlock the pool. */
export const ownsMedia = prepareIsOwner(media);
