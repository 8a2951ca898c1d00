import { and, eq, isNull, sql } from "drizzle-orm";
import type { Queryable } from "../../../platform/db/index.js";
import { users } from "../../accounts/accounts.tables.js";
import { AccountBanned } from "../../accounts/index.js";
import { AccountTooYoung } from "./payments.errors.js";

/** A condition on `users`: the account may pay creators. Needs the placeholder `accountAgeMinMs`. */
export const isOldEnough = sql`${users.createdAt}
  <= statement_timestamp() - ${sql.placeholder("accountAgeMinMs")} * interval '1 millisecond'`;

/** Throws AccountBanned and AccountTooYoung. */
export async function assertAccountAge(db: Queryable, userId: string, ageMinMs: number): Promise<void> {
  const oldEnoughAt = sql<Date>`${users.createdAt} + ${ageMinMs} * interval '1 millisecond'`;
  const [user] = await db
    .select({
      oldEnoughAt: oldEnoughAt.mapWith(users.createdAt),
      isOldEnough: sql<boolean>`${oldEnoughAt} <= statement_timestamp()`,
    })
    .from(users)
    .where(and(eq(users.id, userId), isNull(users.bannedAt)));
  if (!user) throw new AccountBanned();
  if (!user.isOldEnough) throw new AccountTooYoung(user.oldEnoughAt);
}
