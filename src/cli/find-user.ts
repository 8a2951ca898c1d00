import { findUserByPhone, type UserSelector, usersByIds } from "../modules/accounts/index.js";
import type { Db } from "../platform/db/index.js";
import { CommandFailed } from "./fail.js";

/** The user's bare UUID. Throws CommandFailed if there is none. */
export async function findUserId(db: Db, which: UserSelector): Promise<string> {
  const user =
    "phone" in which ? await findUserByPhone(db, which.phone) : (await usersByIds(db, [which.userId]))[0];
  if (!user) throw new CommandFailed("There is no such user.");
  return user.id;
}
