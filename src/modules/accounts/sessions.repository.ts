import { and, eq, gt, isNull, lt, or, sql } from "drizzle-orm";
import { planned } from "../../platform/db/planned-rows.js";
import type { Db, Queryable, Tx } from "../../platform/db.js";
import { refreshTokens, sessions, users } from "./accounts.tables.js";

export type EndReason = NonNullable<(typeof sessions.$inferSelect)["endReason"]>;

export async function insertSession(
  tx: Tx,
  session: { id: string; userId: string; createdAt: Date; expiresAt: Date },
): Promise<void> {
  await tx.insert(sessions).values(session);
}

export async function insertRefreshToken(
  tx: Tx,
  token: { hash: string; sessionId: string; createdAt: Date; expiresAt: Date },
): Promise<void> {
  await tx.insert(refreshTokens).values(token);
}

/** The session of a token that was good until now, or null. Of two at once one gets it. */
export async function useRefreshToken(tx: Tx, hash: string, now: Date): Promise<string | null> {
  const [row] = await tx
    .update(refreshTokens)
    .set({ usedAt: now })
    .where(and(eq(refreshTokens.hash, hash), isNull(refreshTokens.usedAt), gt(refreshTokens.expiresAt, now)))
    .returning({ sessionId: refreshTokens.sessionId });
  return row?.sessionId ?? null;
}

/** The session that a used token belongs to; null for a token that was never given out or never used. */
export async function sessionOfUsedToken(db: Queryable, hash: string): Promise<string | null> {
  const [row] = await db
    .select({ sessionId: refreshTokens.sessionId, usedAt: refreshTokens.usedAt })
    .from(refreshTokens)
    .where(eq(refreshTokens.hash, hash));
  return row?.usedAt ? row.sessionId : null;
}

/** Its user, or null if it has ended: then nothing is prolonged. */
export async function prolongSession(tx: Tx, id: string, expiresAt: Date): Promise<string | null> {
  const [row] = await tx
    .update(sessions)
    .set({ expiresAt })
    .where(and(eq(sessions.id, id), isNull(sessions.endedAt)))
    .returning({ userId: sessions.userId });
  return row?.userId ?? null;
}

/** Ends one session, or all of a user's, and tells which ended by this. */
export async function endSessions(
  db: Queryable,
  which: { sessionId: string } | { userId: string },
  reason: EndReason,
  now: Date,
): Promise<string[]> {
  const rows = await db
    .update(sessions)
    .set({ endedAt: now, endReason: reason })
    .where(
      and(
        "sessionId" in which ? eq(sessions.id, which.sessionId) : eq(sessions.userId, which.userId),
        isNull(sessions.endedAt),
      ),
    )
    .returning({ id: sessions.id });
  return rows.map((row) => row.id);
}

const standing = planned(
  sql`
    select ${sessions.id} from ${sessions} join ${users} on ${users.id} = ${sessions.userId}
    where ${sessions.id} = any(${sql.placeholder("ids")}::uuid[]) and ${sessions.endedAt} is null
      and ${sessions.expiresAt} > ${sql.placeholder("now")}::text::timestamptz and ${users.bannedAt} is null`,
  ([id]) => id as string,
);

/** Those of the sessions that still stand. */
export function liveSessions(db: Queryable, ids: readonly string[], now: Date): Promise<string[]> {
  return standing(db, { ids, now: now.toISOString() });
}

/** Deletes tokens that have expired, and sessions that ended or expired before `before`. */
export async function deleteOldSessions(db: Db, before: Date, now: Date): Promise<void> {
  await db.delete(refreshTokens).where(lt(refreshTokens.expiresAt, now));
  await db.delete(sessions).where(or(lt(sessions.expiresAt, before), lt(sessions.endedAt, before)));
}
