import { eq, inArray, sql } from "drizzle-orm";
import type { Db } from "../../../platform/db/index.js";
import { sharedTexts } from "./shared-documents.tables.js";

/** Documents that one server stores and all find. */
export interface SharedDocuments {
  find(hash: string): Promise<string | null>;
  store(entry: { hash: string; text: string; owner: string }): Promise<void>;
}

/** Above a limit the oldest are deleted: of the owner, or of all. */
export interface SharedDocumentLimits {
  textsMax: number;
  textsPerOwnerMax: number;
}

export function createSharedDocuments(
  db: Db,
  { textsMax, textsPerOwnerMax }: SharedDocumentLimits,
): SharedDocuments {
  return {
    async find(hash) {
      const [row] = await db
        .select({ text: sharedTexts.text })
        .from(sharedTexts)
        .where(eq(sharedTexts.hash, hash));
      return row?.text ?? null;
    },

    async store(entry) {
      const storedAt = sql`clock_timestamp()`;
      await db
        .insert(sharedTexts)
        .values({ ...entry, storedAt })
        .onConflictDoUpdate({ target: sharedTexts.hash, set: { storedAt } });
      await deleteOldest(db, textsPerOwnerMax, entry.owner);
      await deleteOldest(db, textsMax, null);
    },
  };
}

/** Deletes all but the newest. Skips rows that another server is deleting. */
async function deleteOldest(db: Db, keep: number, owner: string | null): Promise<void> {
  const older = db
    .select({ hash: sharedTexts.hash })
    .from(sharedTexts)
    .where(owner === null ? undefined : eq(sharedTexts.owner, owner))
    .orderBy(sql`${sharedTexts.storedAt} desc`)
    .offset(keep)
    .for("update", { skipLocked: true });
  await db.delete(sharedTexts).where(inArray(sharedTexts.hash, older));
}
