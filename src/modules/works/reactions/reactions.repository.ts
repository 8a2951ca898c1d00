import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../platform/db/index.js";
import { type Prepared, prepare, unnest } from "../../../platform/db/prepared.js";
import { users } from "../../accounts/accounts.tables.js";
import { joinAuthor, visibleWork } from "../visibility.js";
import { workStatDeltas, works } from "../works.tables.js";
import { workFavorites, workLikes, workShares, workViews } from "./reactions.tables.js";

/** A reaction of one user to one work. Ids are bare UUIDs. */
export interface Reaction {
  workId: string;
  userId: string;
}

/** Runs the reactions of one moment, and returns for each whether the user may see the work. */
export type React = (db: Db, reactions: readonly Reaction[]) => Promise<boolean[]>;

/**
 * The reactions that may be carried out: the work is visible, and its lock keeps a ban of the user waiting, which then
 * counts the new row too. A user who was banned meanwhile is not among them.
 */
const allowed = sql`
  request as (
    select * from ${unnest({ works: "uuid", users: "uuid" })} with ordinality as request(work_id, viewer_id, position)
  ),
  actors as (
    select id from ${users} where ${users.id} in (select viewer_id from request) and ${users.bannedAt} is null
    order by id for key share
  ),
  allowed as (
    select request.work_id, request.viewer_id as user_id, request.position, ${works.userId} as author_id
    from request
    join actors on actors.id = request.viewer_id
    join ${works} on ${works.id} = request.work_id
    ${joinAuthor}
    where ${visibleWork(sql`request.viewer_id`)}
  )`;

/** The changed rows are counted by work, without those of the author. */
function prepareReaction(change: SQL, column: "likes" | "favorites" | "shares" | "views", by: 1 | -1): React {
  const statement: Prepared<number> = prepare(
    sql`with ${allowed},
      changed as (${change}),
      counted as (
        insert into ${workStatDeltas} (work_id, ${sql.identifier(column)})
        select changed.work_id, ${sql.raw(String(by))} * count(*)
        from changed join ${works} on ${works.id} = changed.work_id and ${works.userId} <> changed.user_id
        group by changed.work_id
      )
      select position::int from allowed`,
    ([position]) => position as number,
  );
  return async (db, reactions) => {
    const done = new Set(
      await statement(db, {
        works: reactions.map(({ workId }) => workId),
        users: reactions.map(({ userId }) => userId),
      }),
    );
    return reactions.map((_, n) => done.has(n + 1));
  };
}

type Table = typeof workLikes | typeof workFavorites | typeof workShares;

const add = (table: Table) => sql`
  insert into ${table} (work_id, user_id, created_at)
  select work_id, user_id, clock_timestamp() from allowed order by work_id, user_id
  on conflict do nothing
  returning work_id, user_id`;

const remove = (table: Table) => sql`
  delete from ${table} using allowed
  where ${table.workId} = allowed.work_id and ${table.userId} = allowed.user_id
  returning ${table.workId}, ${table.userId}`;

export const reactions = {
  like: prepareReaction(add(workLikes), "likes", 1),
  unlike: prepareReaction(remove(workLikes), "likes", -1),
  favorite: prepareReaction(add(workFavorites), "favorites", 1),
  unfavorite: prepareReaction(remove(workFavorites), "favorites", -1),
  share: prepareReaction(add(workShares), "shares", 1),
  view: prepareReaction(
    sql`insert into ${workViews} (work_id, user_id, day)
      select work_id, user_id, (clock_timestamp() at time zone 'UTC')::date from allowed order by work_id, user_id
      on conflict do nothing
      returning work_id, user_id`,
    "views",
    1,
  ),
} satisfies Record<string, React>;
