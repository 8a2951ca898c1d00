import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../../platform/db/index.js";
import { workTippers } from "./payments/payments.tables.js";
import { workFavorites, workLikes, workShares } from "./reactions/reactions.tables.js";
import { isPublished } from "./visibility.js";
import { workStatDeltas, works } from "./works.tables.js";

/**
 * Takes a suspended user's reactions, tips and remixes out of all counts, or brings them back. The caller has locked the user's row, so
 * no reaction of theirs is under way. Their works are hidden by the visibility rules.
 */
export async function worksBanHook(tx: Tx, userId: string, change: "banned" | "unbanned"): Promise<void> {
  const by = change === "banned" ? -1 : 1;
  const counted = (table: typeof workLikes | typeof workFavorites | typeof workShares): SQL => sql`
    select ${table.workId}, ${by}::int from ${table}
    join ${works} on ${works.id} = ${table.workId} and ${works.userId} <> ${table.userId}
    where ${table.userId} = ${userId}`;
  await tx.execute(sql`insert into ${workStatDeltas} (work_id, likes) ${counted(workLikes)}`);
  await tx.execute(sql`insert into ${workStatDeltas} (work_id, favorites) ${counted(workFavorites)}`);
  await tx.execute(sql`insert into ${workStatDeltas} (work_id, shares) ${counted(workShares)}`);
  await tx.execute(sql`
    insert into ${workStatDeltas} (work_id, tips, tippers, tipped_credits)
    select work_id, ${by}::int * tips, ${by}::int, ${by}::int * credits from ${workTippers}
    where user_id = ${userId} and tips > 0`);
  await tx.execute(sql`
    insert into ${workStatDeltas} (work_id, remixes)
    select source.id, ${by}::int from ${works} join ${works} source on source.id = ${works.remixOf}
    where ${works.userId} = ${userId} and ${isPublished} and source.user_id <> ${userId}`);
}
