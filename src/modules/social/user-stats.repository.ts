import { sql } from "drizzle-orm";
import { tryLockForTransaction } from "../../platform/db/advisory-lock.js";
import type { Db, Tx } from "../../platform/db/index.js";
import { prepare, unnest } from "../../platform/db/prepared.js";
import { follows, userStatDeltas, userStats } from "./social.tables.js";

/** `id` is the user's. */
export interface FollowCounts {
  id: string;
  followers: number;
  following: number;
}

const readCounts = prepare(
  sql`select request.id, coalesce(stats.followers, 0) + coalesce(waiting.followers, 0),
    coalesce(stats.following, 0) + coalesce(waiting.following, 0)
  from ${unnest({ ids: "uuid" })} as request(id)
  left join ${userStats} as stats on stats.user_id = request.id
  left join waiting_user_counts(${sql.placeholder("ids")}::uuid[]) as waiting on waiting.user_id = request.id`,
  ([id, followers, following]) => ({ id, followers, following }) as FollowCounts,
);

/** Includes changes that are not folded yet. */
export const followCountsOfUsers = (db: Db, ids: readonly string[]) => readCounts(db, { ids });

/**
 * The bans' hook: the counts of all whom the user follows, or who follow the user, lose or regain one. Whether those
 * users are banned makes no difference, so bans can begin and end in any order.
 */
export async function socialBanHook(tx: Tx, userId: string, state: "banned" | "unbanned"): Promise<void> {
  const change = state === "banned" ? -1 : 1;
  await tx.execute(sql`
    insert into ${userStatDeltas} (user_id, followers, following)
    select ${follows.followedId}, ${change}::int, 0 from ${follows} where ${follows.followerId} = ${userId}
    union all
    select ${follows.followerId}, 0, ${change}::int from ${follows} where ${follows.followedId} = ${userId}`);
}

const foldUsersMax = 1_000;

export async function hasUnfoldedStats(db: Db): Promise<boolean> {
  const [row] = await db.execute<{ has_deltas: boolean }>(
    sql`select exists (select from ${userStatDeltas}) as has_deltas`,
  );
  return row?.has_deltas === true;
}

/** Adds the changes of up to 1,000 users to their counts, all changes of each. Returns whether there may be more. */
export async function foldUserStats(tx: Tx): Promise<boolean> {
  // A second folder would insert the same rows. Taken in a statement of its own, before the fold's snapshot.
  if (!(await tryLockForTransaction(tx, "fold user_stats"))) return false;
  const [folded] = await tx.execute<{ users: number }>(sql`
    with due as (
      select user_id from ${userStatDeltas} group by user_id order by user_id limit ${foldUsersMax}::int),
    deleted as (
      delete from ${userStatDeltas} as d using due where d.user_id = due.user_id
      returning d.user_id, d.followers, d.following),
    change as materialized (
      select user_id, sum(followers)::int as followers, sum(following)::int as following
      from deleted group by user_id),
    updated as (
      update ${userStats} as s
      set followers = s.followers + change.followers, following = s.following + change.following
      from change where s.user_id = change.user_id returning s.user_id),
    -- Not "on conflict do update": PostgreSQL checks a negative change against the constraint before it finds the row.
    inserted as (
      insert into ${userStats} (user_id, followers, following)
      select user_id, followers, following from change where user_id not in (select user_id from updated)
      order by user_id)
    select count(*)::int as users from change`);
  return folded?.users === foldUsersMax;
}
