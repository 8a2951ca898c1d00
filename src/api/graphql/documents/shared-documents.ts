import { eq, inArray, sql } from "drizzle-orm";
import type { Db } from "../../../platform/db/index.js";
import { sharedTexts } from "./shared-documents.tables.js";

/** Texts that one server stores and all find. */
export interface SharedDocuments {
  find(hash: string): Promise<string | null>;
  store(entry: { hash: string; text: string; owner: string }): Promise<void>;
}

/** At most so many texts: an owner that stores more loses its own oldest, and all together the oldest. */
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
      await forget(db, textsPerOwnerMax, entry.owner);
      await forget(db, textsMax, null);
    },
  };
}

/** All but the newest. What another server forgets at this moment is left to it. */
async function forget(db: Db, keep: number, owner: string | null): Promise<void> {
  const older = db
    .select({ hash: sharedTexts.hash })
    .from(sharedTexts)
    .where(owner === null ? undefined : eq(sharedTexts.owner, owner))
    .orderBy(sql`${sharedTexts.storedAt} desc`)
    .offset(keep)
    .for("update", { skipLocked: true });
  await db.delete(sharedTexts).where(inArray(sharedTexts.hash, older));
}
