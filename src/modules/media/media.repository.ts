import { and, eq } from "drizzle-orm";
import { isAnyOf, type Queryable } from "../../platform/db.js";
import { media } from "./media.tables.js";

/** An image as the database has it. Ids are bare UUIDs. */
export type MediaRow = typeof media.$inferSelect;

export async function insertMedia(db: Queryable, row: MediaRow): Promise<void> {
  await db.insert(media).values(row);
}

export function mediaByIds(db: Queryable, ids: readonly string[]): Promise<MediaRow[]> {
  return db.select().from(media).where(isAnyOf(media.id, ids));
}

/** Null for what is not there and for what is somebody else's. */
export async function ownMedia(db: Queryable, userId: string, id: string): Promise<MediaRow | null> {
  const [row] = await db
    .select()
    .from(media)
    .where(and(eq(media.id, id), eq(media.userId, userId)));
  return row ?? null;
}

/** In a transaction it must be asked through that: one that waits for a second connection can wait for ever. */
export async function ownsMedia(db: Queryable, userId: string, id: string): Promise<boolean> {
  return (await ownMedia(db, userId, id)) !== null;
}
