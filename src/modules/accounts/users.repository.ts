import { and, eq, isNull } from "drizzle-orm";
import type { Db, Queryable, Tx } from "../../platform/db/index.js";
import { prepareFindByIds } from "../../platform/db/prepared.js";
import { users } from "./accounts.tables.js";

export type UserRow = typeof users.$inferSelect;
export type NewUser = Pick<UserRow, "id" | "phone" | "nickname" | "createdAt"> &
  Partial<Pick<UserRow, "bio">>;
export type ProfileChange = Partial<Pick<UserRow, "nickname" | "bio" | "avatarMediaId">>;

/** Inserts a user. Null if the phone already has one; of two concurrent inserts, the second waits and gets null. */
export async function insertUser(tx: Tx, user: NewUser): Promise<UserRow | null> {
  const [row] = await tx.insert(users).values(user).onConflictDoNothing({ target: users.phone }).returning();
  return row ?? null;
}

/**
 * Locks the row (FOR SHARE) until the transaction ends. A concurrent ban waits and then also ends the session that
 * this transaction adds, or it has committed already and is visible here.
 */
export async function lockUserByPhone(tx: Tx, phone: string): Promise<UserRow | null> {
  const [row] = await tx.select().from(users).where(eq(users.phone, phone)).for("share");
  return row ?? null;
}

export async function findUserByPhone(db: Queryable, phone: string): Promise<UserRow | null> {
  const [row] = await db.select().from(users).where(eq(users.phone, phone));
  return row ?? null;
}

export const usersByIds = prepareFindByIds(users);

/** Locks the row (FOR UPDATE), against FOR KEY SHARE too, which an update of the ban alone would not. */
export async function lockUser(
  tx: Tx,
  user: { userId: string } | { phone: string },
): Promise<UserRow | null> {
  const [row] = await tx
    .select()
    .from(users)
    .where("userId" in user ? eq(users.id, user.userId) : eq(users.phone, user.phone))
    .for("update");
  return row ?? null;
}

/** False for a suspended user. Waits for a ban that is under way, and keeps a later one waiting. */
export async function lockActiveUser(tx: Tx, userId: string): Promise<boolean> {
  const [active] = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, userId), isNull(users.bannedAt)))
    .for("key share");
  return active !== undefined;
}

/** Of a locked user. */
export async function setBan(
  tx: Tx,
  userId: string,
  ban: Pick<UserRow, "bannedAt" | "banReason">,
): Promise<UserRow> {
  const [row] = await tx.update(users).set(ban).where(eq(users.id, userId)).returning();
  return row as UserRow;
}

/** With an empty change it only reads the row, because an UPDATE needs at least one column. */
export async function changeProfile(db: Db, userId: string, change: ProfileChange): Promise<UserRow | null> {
  if (Object.keys(change).length === 0) return (await usersByIds(db, [userId]))[0] ?? null;
  const [row] = await db.update(users).set(change).where(eq(users.id, userId)).returning();
  return row ?? null;
}
