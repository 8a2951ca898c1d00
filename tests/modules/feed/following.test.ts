import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { followingList } from "../../../src/modules/feed/following.js";
import type { Db } from "../../../src/platform/db/index.js";
import { RequestedFields } from "../../../src/platform/graphql/requested-fields.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { seedManyWorks } from "../../support/many-works.js";

const list = followingList();
const pageSize = 7;
const pages = 20;

let database: TestDatabase;
let sql: postgres.Sql;
let db: Db;
beforeAll(async () => {
  database = await freshDatabase();
  sql = postgres(database.url, { max: 1, onnotice: () => {} });
  db = drizzle(sql);
  await seedManyWorks(sql, { works: 20_000, authors: 1_000, followers: [], followsPerUser: 0 });
  await sql`create table authors as select user_id as id, row_number() over (order by user_id) as nr, max(published_at) as last_at
    from works group by user_id`;
  await sql`update works set published_at = published_at - interval '60 days'
    where user_id in (select id from authors where nr between 500 and 800)`;
  await sql`update users set banned_at = now(), ban_reason = 'a test' where id in (select id from authors where nr % 30 = 0)`;
});
afterAll(async () => {
  await sql.end();
  await database.drop();
});

/** A viewer who follows the chosen authors. Every tenth of these is banned, or blocked by one side, all of which hides. */
async function viewerOf(which: postgres.Fragment): Promise<string> {
  const { id } = await database.seed.user();
  await sql`insert into follows (follower_id, followed_id, created_at) select ${id}, id, now() from authors where ${which}`;
  await sql`insert into blocks select ${id}, id, now() from authors where nr % 30 = 10`;
  await sql`insert into blocks select id, ${id}, now() from authors where nr % 30 = 20`;
  return id;
}

async function firstPages(viewerId: string): Promise<string[]> {
  const ids: string[] = [];
  const page = { first: pageSize, after: null as string | null };
  for (let n = 0; n < pages; n++) {
    const request = { params: { viewer_id: viewerId }, page, fields: new RequestedFields([], {}) };
    const { nodes, pageInfo } = await list.read(db, request, ({ id }) => id);
    ids.push(...nodes);
    if (!pageInfo.hasNextPage) return ids;
    page.after = pageInfo.endCursor;
  }
  return ids;
}

const visibleWorks = (viewerId: string) => sql<{ id: string }[]>`
  select w.id from works w join follows f on f.followed_id = w.user_id and f.follower_id = ${viewerId}
    join authors a on a.id = w.user_id and a.nr % 10 <> 0
  order by w.published_at desc, w.id desc`;

test.each([
  ["no users", () => sql`false`],
  ["few users", () => sql`nr in (1, 2, 10)`],
  ["many users", () => sql`nr <= 100`],
  ["most users", () => sql`nr <= 900`],
  ["few users, without recent works", () => sql`id in (select id from authors order by last_at limit 5)`],
  ["many users, with works that come after more than are walked through", () => sql`nr between 500 and 800`],
])("a viewer who follows %s sees their works, newest first, page by page", async (followed, which) => {
  const viewer = await viewerOf(which());
  const all = (await visibleWorks(viewer)).map(({ id }) => id);
  expect(await firstPages(viewer)).toEqual(all.slice(0, pages * pageSize));
  if (followed !== "no users") expect(all.length).toBeGreaterThan(pageSize);
});
