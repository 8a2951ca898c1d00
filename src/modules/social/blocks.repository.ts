import { sql } from "drizzle-orm";
import type { Queryable, Tx } from "../../platform/db/index.js";
import { prepare } from "../../platform/db/prepared.js";
import { users } from "../accounts/accounts.tables.js";
import { blocks, follows, userStatDeltas } from "./social.tables.js";
import { visibleUser } from "./visibility.js";

const param = sql.placeholder;
const viewerId = sql`${param("viewerId")}::uuid`;
const otherId = sql`${param("otherId")}::uuid`;

interface Pair {
  viewerId: string;
  otherId: string;
}

const hasBlocked = sql`exists (select from ${blocks}
  where ${blocks.blockerId} = ${viewerId} and ${blocks.blockedId} = ${otherId})`;
const isVisible = sql`exists (select from ${users} where ${users.id} = ${otherId} and ${visibleUser(viewerId)})`;

const readCanBlock = prepare(sql`select ${hasBlocked} or ${isVisible}`, ([canBlock]) => canBlock as boolean);

/** Whether the viewer sees the user, or has blocked them before. */
export async function canBlock(db: Queryable, pair: Pair): Promise<boolean> {
  return (await readCanBlock(db, { ...pair }))[0] as boolean;
}

export interface BlockOutcome {
  isViewerActive: boolean;
  blocks: boolean;
  /** False if the viewer had blocked the user before. */
  isNew: boolean;
}

/** A count leaves out banned users: their ban has subtracted them already. */
const insert = prepare(
  sql`with people as materialized (
    select ${users.id}, ${users.bannedAt} is null as is_active from ${users}
    where ${users.id} in (${viewerId}, ${otherId}) for key share),
  inserted as (
    insert into ${blocks} (blocker_id, blocked_id, created_at)
    select viewer.id, other.id, ${param("now")}::timestamptz from people viewer, people other
    where viewer.id = ${viewerId} and viewer.is_active and other.id = ${otherId}
      and (select count(*) from ${blocks} where ${blocks.blockerId} = ${viewerId}) < ${param("max")}::int
    on conflict do nothing returning 1),
  unfollowed as (
    delete from ${follows} using inserted
    where (${follows.followerId}, ${follows.followedId}) in ((${viewerId}, ${otherId}), (${otherId}, ${viewerId}))
    returning follower_id, followed_id),
  counted as (
    insert into ${userStatDeltas} (user_id, followers, following)
    select follower_id, 0, -1 from unfollowed join people on people.id = followed_id and people.is_active
    union all
    select followed_id, -1, 0 from unfollowed join people on people.id = follower_id and people.is_active)
  select exists (select from people where id = ${viewerId} and is_active),
    exists (select from inserted) or ${hasBlocked}, exists (select from inserted)`,
  ([isViewerActive, isBlocking, isNew]) => ({ isViewerActive, blocks: isBlocking, isNew }) as BlockOutcome,
);

/** Also ends that the two follow each other. The transaction must hold the locks of `lockRelation`. */
export async function insertBlock(tx: Tx, values: Pair & { now: Date; max: number }): Promise<BlockOutcome> {
  const [outcome] = await insert(tx, { ...values, now: values.now.toISOString() });
  return outcome as BlockOutcome;
}

export interface UnblockOutcome {
  isDeleted: boolean;
  /** Whether the viewer may see the user. */
  isVisible: boolean;
}

const remove = prepare(
  sql`with deleted as (
    delete from ${blocks} where ${blocks.blockerId} = ${viewerId} and ${blocks.blockedId} = ${otherId} returning 1)
  select exists (select from deleted), ${isVisible}`,
  ([isDeleted, isSeen]) => ({ isDeleted, isVisible: isSeen }) as UnblockOutcome,
);

export async function removeBlock(db: Queryable, pair: Pair): Promise<UnblockOutcome> {
  return (await remove(db, { ...pair }))[0] as UnblockOutcome;
}
