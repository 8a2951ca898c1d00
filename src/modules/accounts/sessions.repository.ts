import { and, eq, gt, isNotNull, isNull, lt, not, or, type SQL, sql } from "drizzle-orm";
import type { Db, Queryable, Tx } from "../../platform/db/index.js";
import { prepare } from "../../platform/db/prepared.js";
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

/**
 * The session of a token that may be used: for the first time, or for the second within the leeway after
 * the first. Null for any other. Of several uses at once, two succeed: each waits for the row's lock and
 * then sees the uses before it. The database's clock counts, because servers may differ by seconds.
 */
export async function useRefreshToken(
  tx: Tx,
  hash: string,
  now: Date,
  leewayMs: number,
): Promise<string | null> {
  const mayBeReused = and(isNull(refreshTokens.reusedAt), isWithinLeeway(leewayMs));
  const [row] = await tx
    .update(refreshTokens)
    .set({
      usedAt: sql`coalesce(${refreshTokens.usedAt}, clock_timestamp())`,
      reusedAt: sql`case when ${refreshTokens.usedAt} is not null then clock_timestamp() end`,
    })
    .where(
      and(
        eq(refreshTokens.hash, hash),
        gt(refreshTokens.expiresAt, now),
        or(isNull(refreshTokens.usedAt), mayBeReused),
      ),
    )
    .returning({ sessionId: refreshTokens.sessionId });
  return row?.sessionId ?? null;
}

/**
 * The session of a token whose use can only mean that it was copied: it was used before, and
 * the leeway is over. Null for a token that was never given out, and for a third use within the leeway.
 */
export async function findSessionOfReusedToken(
  db: Queryable,
  hash: string,
  leewayMs: number,
): Promise<string | null> {
  const [row] = await db
    .select({ sessionId: refreshTokens.sessionId })
    .from(refreshTokens)
    .where(and(eq(refreshTokens.hash, hash), isNotNull(refreshTokens.usedAt), not(isWithinLeeway(leewayMs))));
  return row?.sessionId ?? null;
}

function isWithinLeeway(leewayMs: number): SQL {
  // Stored to the millisecond, an instant can be later than the clock that it was read from.
  if (leewayMs === 0) return sql`false`;
  return sql`${refreshTokens.usedAt} > clock_timestamp() - ${leewayMs} * interval '1 millisecond'`;
}

/** Its user, or null if it has ended: then nothing is prolonged. */
export async function extendSession(tx: Tx, id: string, expiresAt: Date): Promise<string | null> {
  const [row] = await tx
    .update(sessions)
    .set({ expiresAt })
    .where(and(eq(sessions.id, id), isNull(sessions.endedAt)))
    .returning({ userId: sessions.userId });
  return row?.userId ?? null;
}

/** Bare UUIDs. */
export type SessionSelector = { sessionId: string } | { userId: string };

/** Ends one session, or all of a user's, and tells which ended by this. */
export async function endSessions(
  db: Queryable,
  which: SessionSelector,
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

const selectLive = prepare(
  sql`
    select ${sessions.id} from ${sessions} join ${users} on ${users.id} = ${sessions.userId}
    where ${sessions.id} = any(${sql.placeholder("ids")}::uuid[]) and ${sessions.endedAt} is null
      and ${sessions.expiresAt} > ${sql.placeholder("now")}::text::timestamptz and ${users.bannedAt} is null`,
  ([id]) => id as string,
);

/** Those of the sessions that still stand. */
export function findLiveSessions(db: Queryable, ids: readonly string[], now: Date): Promise<string[]> {
  return selectLive(db, { ids, now: now.toISOString() });
}

/** Deletes tokens that have expired, and sessions that ended or expired before `before`. */
export async function deleteOldSessions(db: Db, before: Date, now: Date): Promise<void> {
  await db.delete(refreshTokens).where(lt(refreshTokens.expiresAt, now));
  await db.delete(sessions).where(or(lt(sessions.expiresAt, before), lt(sessions.endedAt, before)));
}
