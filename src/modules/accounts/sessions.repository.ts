import { and, eq, gt, isNotNull, isNull, lt, not, or, type SQL, sql } from "drizzle-orm";
import type { Db, Queryable, Tx } from "../../platform/db/index.js";
import { arrayOf, prepare } from "../../platform/db/prepared.js";
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
 * Marks the token as used and returns its session. Allowed uses: the first one, and a second one within the leeway
 * after it; null for any other. Of several concurrent uses two succeed, because each waits for the row lock and then
 * sees the earlier ones. Time comes from the database, because the servers' clocks may differ by seconds.
 */
export async function useRefreshToken(
  tx: Tx,
  hash: string,
  now: Date,
  leewayMs: number,
): Promise<string | null> {
  const canBeReused = and(isNull(refreshTokens.reusedAt), isWithinLeeway(leewayMs));
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
        or(isNull(refreshTokens.usedAt), canBeReused),
      ),
    )
    .returning({ sessionId: refreshTokens.sessionId });
  return row?.sessionId ?? null;
}

/**
 * The session of a token that was used before and whose leeway is over: a sign that the token was copied. Null for a
 * token that was never issued, and for a third use within the leeway.
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
  // `used_at` is rounded to milliseconds and can lie ahead of the clock, so a leeway of 0 needs its own case.
  if (leewayMs === 0) return sql`false`;
  return sql`${refreshTokens.usedAt} > clock_timestamp() - ${leewayMs} * interval '1 millisecond'`;
}

/** Extends a live session and returns its user. Null if the session has ended. */
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

/** Ends one session or all sessions of a user. Returns the ids of those that this call ended. */
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
    where ${sessions.id} = any(${arrayOf(sql.placeholder("ids"), "uuid")}) and ${sessions.endedAt} is null
      and ${sessions.expiresAt} > ${sql.placeholder("now")}::text::timestamptz and ${users.bannedAt} is null`,
  ([id]) => ({ id: id as string }),
);

/** Those of the sessions that are live: not ended, not expired, and of a user who is not banned. */
export function findLiveSessions(
  db: Queryable,
  ids: readonly string[],
  now: Date,
): Promise<{ id: string }[]> {
  return selectLive(db, { ids, now: now.toISOString() });
}

/** Deletes tokens that have expired, and sessions that ended or expired before `before`. */
export async function deleteOldSessions(db: Db, before: Date, now: Date): Promise<void> {
  await db.delete(refreshTokens).where(lt(refreshTokens.expiresAt, now));
  await db.delete(sessions).where(or(lt(sessions.expiresAt, before), lt(sessions.endedAt, before)));
}
