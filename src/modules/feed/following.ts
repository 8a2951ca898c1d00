import { type SQL, sql } from "drizzle-orm";
import { BatchedList, newestFirst } from "../../platform/lists/batched-list.js";
import { users } from "../accounts/accounts.tables.js";
import { listedUser } from "../social/index.js";
import { follows } from "../social/social.tables.js";
import { isPublished, listedWork, worksWithAuthor } from "../works/index.js";
import { works } from "../works/works.tables.js";

/** Looking up the last work of a followed user costs about as much as passing over so many works. */
const worksPerFollow = 4;
const walkedMax = 2_000;

const viewer = sql`request.viewer_id`;
const isBefore = sql`(${works.publishedAt}, ${works.id}) < (request.after_0, request.after_1)`;
const newest = sql`order by ${works.publishedAt} desc, ${works.id} desc limit`;

/**
 * Works of followed users among the newest works of everybody: a page is soon full if the viewer follows many users
 * or users who publish often.
 */
const walked = sql`
  select ${works.id} from (
    select * from ${works} where ${isPublished} and ${isBefore}
    ${newest} (select least(${worksPerFollow}::int * count(*), ${walkedMax}::int) from ${follows} where ${follows.followerId} = ${viewer})
  ) ${works} ${worksWithAuthor}
  where exists (select from ${follows} where ${follows.followerId} = ${viewer} and ${follows.followedId} = ${works.userId} offset 0)
    and ${listedWork(viewer)}
  ${newest} request.size`;

const newestBy = (userId: SQL, count: SQL) => sql`lateral (
  select ${works.id}, ${works.publishedAt} from ${works}
  where ${works.userId} = ${userId} and ${isPublished} and ${isBefore} ${newest} ${count}) ${works}`;

/** The works of a page are by those users who published last, so only their works are read. */
const ofLastAuthors = sql`
  select ${works.id} from (
    select ${users.id} from ${follows} join ${users} on ${users.id} = ${follows.followedId}
    cross join ${newestBy(sql`${users.id}`, sql`1`)}
    where ${follows.followerId} = ${viewer} and ${listedUser(viewer)} and (select count(*) from walked) < request.size
    ${newest} request.size
  ) author cross join ${newestBy(sql`author.id`, sql`request.size`)}
  ${newest} request.size`;

/** The published works of users whom the viewer follows, newest first. */
export function followingList(): BatchedList<typeof works> {
  return new BatchedList({
    table: works,
    joins: worksWithAuthor,
    params: { viewer_id: "uuid" },
    where: sql`${works.id} in (
      with walked as materialized (${walked}) select id from walked union all (${ofLastAuthors}))
      and ${listedWork(viewer)}`,
    order: newestFirst(works.publishedAt, works.id),
    fieldColumns: {},
  });
}
