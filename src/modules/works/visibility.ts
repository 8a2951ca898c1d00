import { type SQL, sql } from "drizzle-orm";
import { users } from "../accounts/accounts.tables.js";
import { listedUser, visibleUser } from "../social/index.js";
import { works } from "./works.tables.js";

// The only rules for which works a viewer sees. Every read of works joins `users` as the author and uses one of them.
// `viewerId` is SQL null without a login. The one exception is the answer to a payment: see `WorkReader.findPaid`.

/** For lists, also those of the author: published, and neither side has suspended or blocked the other. */
export function listedWork(viewerId: SQL): SQL {
  return sql`${isPublished} and ${listedUser(viewerId)}`;
}

/** For a work by its id: its author sees it in every status. */
export function visibleWork(viewerId: SQL): SQL {
  return sql`${works.deletedAt} is null and (${works.userId} = ${viewerId} or (${listedWork(viewerId)}))`;
}

/** For reports: as `visibleWork`, but the viewer's own blocks do not count. */
export function reportableWork(viewerId: SQL): SQL {
  return sql`${works.deletedAt} is null
    and (${works.userId} = ${viewerId} or (${isPublished} and ${visibleUser(viewerId)}))`;
}

/** The join that the rules need. */
export const joinAuthor: SQL = sql`join ${users} on ${users.id} = ${works.userId}`;

/** The condition of the indexes of published works. */
export const isPublished: SQL = sql`${works.status} = 'PUBLISHED' and ${works.deletedAt} is null`;
