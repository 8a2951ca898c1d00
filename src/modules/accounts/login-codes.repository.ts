import { and, desc, eq, gt, isNull, lt, not, sql } from "drizzle-orm";
import { lockForTransaction } from "../../platform/db/advisory-lock.js";
import type { Db, Queryable, Tx } from "../../platform/db/index.js";
import { loginCodes } from "./accounts.tables.js";

export const attemptsMax = 5;

export type NewLoginCode = Pick<
  typeof loginCodes.$inferInsert,
  "id" | "phone" | "address" | "codeHash" | "createdAt" | "expiresAt"
>;

/**
 * Serializes code requests for this phone and from this address until the transaction ends. Without the locks, two
 * concurrent requests could both pass the limit. The phone is always locked first, which prevents deadlocks.
 */
export async function lockLimits(tx: Tx, phone: string, address: string): Promise<void> {
  for (const key of [`login-code-phone:${phone}`, `login-code-address:${address}`]) {
    await lockForTransaction(tx, key);
  }
}

/** Times at which codes were sent to this phone, newest first. */
export async function findSendTimes(tx: Tx, phone: string, since: Date, max: number): Promise<Date[]> {
  const rows = await tx
    .select({ createdAt: loginCodes.createdAt })
    .from(loginCodes)
    .where(and(eq(loginCodes.phone, phone), not(loginCodes.unsent), gt(loginCodes.createdAt, since)))
    .orderBy(desc(loginCodes.createdAt))
    .limit(max);
  return rows.map((row) => row.createdAt);
}

/** Times at which this address requested codes, newest first. Codes that could not be sent count too. */
export async function findRequestTimes(tx: Tx, address: string, since: Date, max: number): Promise<Date[]> {
  const rows = await tx
    .select({ createdAt: loginCodes.createdAt })
    .from(loginCodes)
    .where(and(eq(loginCodes.address, address), gt(loginCodes.createdAt, since)))
    .orderBy(desc(loginCodes.createdAt))
    .limit(max);
  return rows.map((row) => row.createdAt);
}

export async function insertLoginCode(tx: Tx, code: NewLoginCode): Promise<void> {
  await tx.insert(loginCodes).values(code);
}

export async function markUnsent(db: Db, id: string): Promise<void> {
  await db.update(loginCodes).set({ unsent: true }).where(eq(loginCodes.id, id));
}

/**
 * Counts an attempt against the newest code of this phone and returns its hash for comparison, or null if no code is
 * valid. A single conditional UPDATE limits concurrent guesses to five in total. It must commit whether or not the
 * code matches, so it does not run in the login's transaction.
 */
export async function countAttempt(
  db: Db,
  phone: string,
  now: Date,
): Promise<{ id: string; codeHash: string } | null> {
  const newest = db
    .select({ id: loginCodes.id })
    .from(loginCodes)
    .where(and(eq(loginCodes.phone, phone), not(loginCodes.unsent)))
    .orderBy(desc(loginCodes.createdAt))
    .limit(1);
  const [row] = await db
    .update(loginCodes)
    .set({ tries: sql`${loginCodes.tries} + 1` })
    .where(
      and(
        eq(loginCodes.id, sql`(${newest})`),
        lt(loginCodes.tries, attemptsMax),
        isNull(loginCodes.usedAt),
        gt(loginCodes.expiresAt, now),
      ),
    )
    .returning({ id: loginCodes.id, codeHash: loginCodes.codeHash });
  return row ?? null;
}

/** False if a concurrent login has used the code. */
export async function markUsed(tx: Tx, id: string, now: Date): Promise<boolean> {
  const rows = await tx
    .update(loginCodes)
    .set({ usedAt: now })
    .where(and(eq(loginCodes.id, id), isNull(loginCodes.usedAt)))
    .returning({ id: loginCodes.id });
  return rows.length === 1;
}

export async function deleteLoginCodes(db: Queryable, before: Date): Promise<void> {
  await db.delete(loginCodes).where(lt(loginCodes.createdAt, before));
}
