import { eq } from "drizzle-orm";
import type { Db, Queryable, Tx } from "../../platform/db/index.js";
import { prepareFindByIds } from "../../platform/db/prepared.js";
import { users } from "./accounts.tables.js";

export type UserRow = typeof users.$inferSelect;
export type NewUser = Pick<UserRow, "id" | "phone" | "nickname" | "createdAt">;
export type ProfileChange = Partial<Pick<UserRow, "nickname" | "bio" | "avatarMediaId">>;

/** The new user's row, or null if the phone has one already. Two at once: one waits and gets null. */
export async function insertUser(tx: Tx, user: NewUser): Promise<UserRow | null> {
  const [row] = await tx.insert(users).values(user).onConflictDoNothing({ target: users.phone }).returning();
  return row ?? null;
}

/**
 * Share-locked until the transaction ends: a ban that is under way waits and then also finds the
 * session that this transaction adds, or is over and is seen here.
 */
export async function lockUserByPhone(tx: Tx, phone: string): Promise<UserRow | null> {
  const [row] = await tx.select().from(users).where(eq(users.phone, phone)).for("share");
  return row ?? null;
}

/** Null when there is nobody with this phone. */
export async function findUserByPhone(db: Queryable, phone: string): Promise<UserRow | null> {
  const [row] = await db.select().from(users).where(eq(users.phone, phone));
  return row ?? null;
}

export const usersByIds = prepareFindByIds(users);

/** Null when there is nobody like this. */
export async function setBan(
  tx: Tx,
  who: { userId: string } | { phone: string },
  ban: Pick<UserRow, "bannedAt" | "banReason">,
): Promise<UserRow | null> {
  const [row] = await tx
    .update(users)
    .set(ban)
    .where("userId" in who ? eq(users.id, who.userId) : eq(users.phone, who.phone))
    .returning();
  return row ?? null;
}

/** A change of nothing reads the row: an UPDATE needs something to set. */
export async function changeProfile(db: Db, userId: string, change: ProfileChange): Promise<UserRow | null> {
  if (Object.keys(change).length === 0) return (await usersByIds(db, [userId]))[0] ?? null;
  const [row] = await db.update(users).set(change).where(eq(users.id, userId)).returning();
  return row ?? null;
}
