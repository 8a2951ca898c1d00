import { sql } from "drizzle-orm";
import type { Queryable, Tx } from "../../platform/db/index.js";
import { prepare } from "../../platform/db/prepared.js";
import { users } from "../accounts/accounts.tables.js";
import { follows, userStatDeltas } from "./social.tables.js";
import { listedUser, visibleUser } from "./visibility.js";

const param = sql.placeholder;
const viewerId = sql`${param("viewerId")}::uuid`;
const otherId = sql`${param("otherId")}::uuid`;

/**
 * FOR KEY SHARE waits for a concurrent ban, which locks the user's row FOR UPDATE, and then checks `banned_at` again.
 * So a ban counts every follow that was written before it, and no follow is written after it.
 */
const activeViewer = sql`active_viewer as materialized (
  select ${users.id} from ${users} where ${users.id} = ${viewerId} and ${users.bannedAt} is null for key share)`;

export interface FollowOutcome {
  isViewerActive: boolean;
  /** Whether the viewer may follow the user. */
  isAllowed: boolean;
  follows: boolean;
}

const toOutcome = ([isViewerActive, isAllowed, isFollowing]: unknown[]) =>
  ({ isViewerActive, isAllowed, follows: isFollowing }) as FollowOutcome;

const insert = prepare(
  sql`with ${activeViewer},
  other as materialized (
    select ${users.id} from ${users} where ${users.id} = ${otherId} and ${listedUser(viewerId)}
    for key share of ${users}),
  inserted as (
    insert into ${follows} (follower_id, followed_id, created_at)
    select active_viewer.id, other.id, ${param("now")}::timestamptz from active_viewer, other
    where (select count(*) from ${follows} where ${follows.followerId} = ${viewerId}) < ${param("max")}::int
    on conflict do nothing returning 1),
  counted as (
    insert into ${userStatDeltas} (user_id, followers, following)
    select delta.* from inserted, (values (${viewerId}, 0, 1), (${otherId}, 1, 0)) as delta)
  select exists (select from active_viewer), exists (select from other),
    exists (select from inserted) or exists (
      select from ${follows} where ${follows.followerId} = ${viewerId} and ${follows.followedId} = ${otherId})`,
  toOutcome,
);

/** The transaction must hold the locks of `lockRelation`. */
export async function insertFollow(
  tx: Tx,
  values: { viewerId: string; otherId: string; now: Date; max: number },
): Promise<FollowOutcome> {
  const [outcome] = await insert(tx, { ...values, now: values.now.toISOString() });
  return outcome as FollowOutcome;
}

const remove = prepare(
  sql`with ${activeViewer},
  other as materialized (
    select ${users.id} from ${users} where ${users.id} = ${otherId} and ${visibleUser(viewerId)}
    for key share of ${users}),
  deleted as (
    delete from ${follows} using active_viewer, other
    where ${follows.followerId} = active_viewer.id and ${follows.followedId} = other.id returning 1),
  counted as (
    insert into ${userStatDeltas} (user_id, followers, following)
    select delta.* from deleted, (values (${viewerId}, 0, -1), (${otherId}, -1, 0)) as delta)
  select exists (select from active_viewer), exists (select from other), false`,
  toOutcome,
);

/** Does nothing if the viewer does not follow the user. */
export async function removeFollow(
  db: Queryable,
  values: { viewerId: string; otherId: string },
): Promise<FollowOutcome> {
  const [outcome] = await remove(db, values);
  return outcome as FollowOutcome;
}
