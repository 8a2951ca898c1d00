import { sql } from "drizzle-orm";
import type { Db, Tx } from "../../platform/db/index.js";
import { prepare, RowMapper, unnest } from "../../platform/db/prepared.js";
import { users } from "../accounts/accounts.tables.js";
import { blocks, follows } from "./social.tables.js";
import { visibleUser } from "./visibility.js";

const lock = prepare(
  sql`select pg_advisory_xact_lock(hashtextextended(key, 0)) from ${unnest({ keys: "text" })} as key`,
  () => null,
);

/**
 * Serializes what one user does, so that quotas are exact, and then what two users do to each other. All transactions
 * lock in this order, so none waits for another in a circle.
 */
export async function lockRelation(tx: Tx, viewerId: string, otherId: string): Promise<void> {
  const pair = [viewerId, otherId].sort().join();
  await lock(tx, { keys: [`relations of ${viewerId}`, `relation of ${pair}`] });
}

/** A viewer (null without a login) and a user, as a key of loaders. Both are bare UUIDs. */
export function toPairKey(viewerId: string | null, userId: string): string {
  return `${viewerId ?? ""}/${userId}`;
}

const pairs = sql`${unnest({ keys: "text" })} as key
  cross join lateral (select nullif(split_part(key, '/', 1), '')::uuid as viewer_id,
    split_part(key, '/', 2)::uuid as user_id offset 0) as pair`;

/** The relations between a viewer and a user. `id` is the pair's key. */
export interface Relation {
  id: string;
  viewerFollows: boolean;
  followsViewer: boolean;
  viewerBlocks: boolean;
}

const readRelations = prepare(
  sql`select key,
    exists (select from ${follows} where ${follows.followerId} = viewer_id and ${follows.followedId} = user_id),
    exists (select from ${follows} where ${follows.followerId} = user_id and ${follows.followedId} = viewer_id),
    exists (select from ${blocks} where ${blocks.blockerId} = viewer_id and ${blocks.blockedId} = user_id)
  from ${pairs}`,
  ([id, viewerFollows, followsViewer, viewerBlocks]) =>
    ({ id, viewerFollows, followsViewer, viewerBlocks }) as Relation,
);

export const relationsByPairs = (db: Db, keys: readonly string[]) => readRelations(db, { keys });

const userMapper = RowMapper.of(users);
const readVisibleUsers = prepare(
  sql`select key, ${userMapper.selection} from ${pairs} join ${users} on ${users.id} = user_id
    where ${visibleUser(sql`viewer_id`)}`,
  (values) => ({ id: values[0] as string, user: userMapper.read(values, 1) }),
);

/** The users that their viewers may see. `id` is the pair's key. */
export const visibleUsersByPairs = (db: Db, keys: readonly string[]) => readVisibleUsers(db, { keys });
