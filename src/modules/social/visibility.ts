import { type SQL, sql } from "drizzle-orm";
import { users } from "../accounts/accounts.tables.js";
import { blocks } from "./social.tables.js";

/*
 * Conditions on the joined table `users`. `viewerId` is a UUID in SQL, or null without a login. The statement
 * must read from the primary, so that bans and blocks take effect immediately.
 */

/** The user is not banned and has not blocked the viewer. Reports follow this rule: the viewer's own block is no obstacle. */
export function visibleUser(viewerId: SQL): SQL {
  return sql`(${users.bannedAt} is null and not exists (select from ${blocks}
    where ${blocks.blockerId} = ${users.id} and ${blocks.blockedId} = ${viewerId}))`;
}

/** For lists, and for what users publish: in addition, the viewer has not blocked the user. */
export function listedUser(viewerId: SQL): SQL {
  return sql`(${visibleUser(viewerId)} and not exists (select from ${blocks}
    where ${blocks.blockerId} = ${viewerId} and ${blocks.blockedId} = ${users.id}))`;
}
