import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../../../platform/db/index.js";
import { prepare, RowMapper, unnest } from "../../../platform/db/prepared.js";
import { users } from "../../accounts/accounts.tables.js";
import { tasks } from "../../tasks/tasks.tables.js";
import { videos } from "../../videos/videos.tables.js";
import { discoverScoreOf, noPoints } from "../discover-score.js";
import { insertLineages } from "../remixes/lineage.repository.js";
import type { WorkRow } from "../works.graphql.js";
import { workStatDeltas, workStats, works } from "../works.tables.js";
import type { Publication } from "./publication-files.js";
import type { WorkSettings } from "./work-settings.js";

/** A first publication. Ids are bare UUIDs. */
export type NewWork = WorkSettings & Publication & { userId: string; videoId: string };

/** Whether the author of each locked video is active, by the videos' ids. */
type LockedVideos = Map<string, boolean>;

const userLock = sql`hashtextextended('publish-work:' || user_id, 0)`;

function prepareLock(lockUser: SQL, whenLocked: SQL) {
  const statement = prepare(
    sql`with turn as materialized (
        select user_id, video_id, ${lockUser} as is_users
        from ${unnest({ userIds: "uuid", videoIds: "uuid" })} as request(user_id, video_id)
      )
      select ${videos.id}, ${users.bannedAt} is null
      from turn join ${videos} on ${videos.id} = turn.video_id and ${videos.userId} = turn.user_id
      join ${users} on ${users.id} = turn.user_id
      where turn.is_users and ${videos.deletedAt} is null
      for share of ${videos} ${whenLocked} for key share of ${users} ${whenLocked}`,
    ([videoId, isActive]) => [videoId, isActive] as [string, boolean],
  );
  return async (tx: Tx, newWorks: readonly NewWork[]): Promise<LockedVideos> => {
    const userIds = newWorks.map(({ userId }) => userId);
    return new Map(await statement(tx, { userIds, videoIds: newWorks.map(({ videoId }) => videoId) }));
  };
}

/**
 * Lets one publication of a user at a time go on, and keeps deletions of the videos and bans waiting. Skips videos whose
 * locks another transaction has, and those that are deleted: it never waits, so it can lock many in any order.
 */
export const tryLockVideos = prepareLock(sql`pg_try_advisory_xact_lock(${userLock})`, sql`skip locked`);

/** The same for one video. Waits for its locks. */
export const lockVideo = prepareLock(sql`pg_advisory_xact_lock(${userLock}) is not null`, sql``);

/** The vendor was sent the source's prompts and its own, with a space in between if neither is empty. */
const joinedPromptLength = sql`char_length(${tasks.prompt}) + coalesce(source.joined_prompt_length, 0)
  + (${tasks.prompt} <> '' and coalesce(source.joined_prompt_length, 0) > 0)::int`;

/** An attempt to publish a locked video. */
export interface CreatedWork {
  /** Of the work that the video had before. */
  existingStatus: WorkRow["status"] | null;
  /** First publications of the user since the day began, without this one. Those of deleted works count. */
  publishedToday: number;
  /** Null if there was a work before, or too many since the day began. */
  work: WorkRow | null;
}

const workColumns = RowMapper.of(works);

/** Behind a subquery, where PostgreSQL does not look: see `arrayOf`. It would plan the statement again at each call. */
const since = sql`(select ${sql.placeholder("since")}::timestamptz)`;

const insertStatement = prepare(
  sql`with request as materialized (
      select *,
        (select ${works.status} from ${works} where ${works.videoId} = request.video_id) as existing_status,
        (select count(*)::int from ${works} where ${works.userId} = request.user_id
          and ${works.publishedAt} >= ${since}) as published_today
      from ${unnest({
        ...{ workId: "uuid", userId: "uuid", videoId: "uuid", publicationId: "uuid", title: "text" },
        ...{ description: "text", promptPriceCredits: "int", remixable: "boolean", remixFeeCredits: "int" },
      })} as request(id, user_id, video_id, publication_id, title, description, prompt_price_credits, remixable,
        remix_fee_credits)
    ),
    added as (
      insert into ${works} (id, user_id, video_id, task_id, title, description, prompt, prompt_price_credits, remixable,
        remix_fee_credits, status, publication_id, duration_sec, ratio, width, height, model, remix_of,
        joined_prompt_length)
      select request.id, request.user_id, request.video_id, ${videos.taskId}, request.title, request.description,
        ${tasks.prompt}, request.prompt_price_credits, request.remixable, request.remix_fee_credits,
        'PUBLISHED'::work_status, request.publication_id, ${videos.durationSec}, ${videos.ratio}::text, ${videos.width},
        ${videos.height}, ${tasks.model}, ${tasks.remixOf}, ${joinedPromptLength}
      from request join ${videos} on ${videos.id} = request.video_id join ${tasks} on ${tasks.id} = ${videos.taskId}
        left join ${works} source on source.id = ${tasks.remixOf}
      where request.existing_status is null and request.published_today < ${sql.placeholder("worksPerDay")}::int
      returning *
    ),
    stats as (
      insert into ${workStats} (work_id, published_at, discover_score)
      select id, published_at, ${discoverScoreOf(noPoints, sql`published_at`)} from added
    ),
    ${insertLineages},
    remixes as (
      insert into ${workStatDeltas} (work_id, remixes)
      select source.id, 1 from added join ${works} source on source.id = added.remix_of
      where source.user_id <> added.user_id
    )
    select request.video_id, request.existing_status, request.published_today, ${workColumns.selection}
    from request left join added as ${works} on ${works.id} = request.id`,
  ([videoId, existingStatus, publishedToday, ...values]) =>
    [
      videoId,
      { existingStatus, publishedToday, work: values[0] === null ? null : workColumns.read(values) },
    ] as [string, CreatedWork],
);

/**
 * Inserts the works of locked videos of active users, without reactions, with their lineages. Of one user only one, so
 * that `worksPerDay` is exact. By the videos' ids.
 */
export async function insertWorks(
  tx: Tx,
  newWorks: readonly NewWork[],
  quota: { since: Date; worksPerDay: number },
): Promise<Map<string, CreatedWork>> {
  if (newWorks.length === 0) return new Map();
  const valuesOf = (name: keyof NewWork) => newWorks.map((work) => work[name]);
  const rows = await insertStatement(tx, {
    ...{ workId: valuesOf("workId"), userId: valuesOf("userId"), videoId: valuesOf("videoId") },
    ...{ publicationId: valuesOf("publicationId"), title: valuesOf("title") },
    ...{ description: valuesOf("description"), promptPriceCredits: valuesOf("promptPriceCredits") },
    remixable: valuesOf("remixable").map(String), // The driver takes an array of booleans for one boolean.
    remixFeeCredits: valuesOf("remixFeeCredits"),
    since: quota.since.toISOString(),
    worksPerDay: quota.worksPerDay,
  });
  return new Map(rows);
}
