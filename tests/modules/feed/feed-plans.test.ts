import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { followingList } from "../../../src/modules/feed/following.js";
import { readOrder } from "../../../src/modules/feed/snapshots.repository.js";
import { followCountsOfUsers } from "../../../src/modules/social/user-stats.repository.js";
import { workStatsOfUsers } from "../../../src/modules/works/reads/user-works.repository.js";
import {
  favoriteWorks,
  likedWorks,
  ownWorks,
  worksOfUser,
} from "../../../src/modules/works/reads/work-lists.js";
import { WorkReader } from "../../../src/modules/works/reads/work-reader.js";
import type { works } from "../../../src/modules/works/works.tables.js";
import type { Db, Tx } from "../../../src/platform/db/index.js";
import { RequestedFields } from "../../../src/platform/graphql/requested-fields.js";
import type { BatchedList } from "../../../src/platform/lists/batched-list.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { seedManyWorks } from "../../support/many-works.js";
import { planOf } from "../../support/plan-of.js";

const page = { first: 20, after: null };
const fields = new RequestedFields([], {});

let database: TestDatabase;
let sql: postgres.Sql;
let db: Db;
let fan: string;
let friend: string;
let author: string;
let workIds: string[];
beforeAll(async () => {
  database = await freshDatabase();
  [{ id: fan }, { id: friend }] = [await database.seed.user(), await database.seed.user()];
  sql = postgres(database.url, { max: 1, onnotice: () => {} });
  await seedManyWorks(sql, { works: 60_000, authors: 6_000, followers: [fan], followsPerUser: 1_000 });
  await sql`insert into follows select ${friend}, followed_id, created_at from follows limit 50`;
  for (const table of ["work_likes", "work_favorites"])
    await sql`insert into ${sql(table)} select id, ${fan}::uuid, published_at from works limit 5000`;
  await sql`insert into blocks select a.id, b.id, now() from (select id from users limit 100) a,
    (select id from users offset 200 limit 50) b`;
  await sql`vacuum analyze`;
  const found = await sql<{ id: string; user_id: string }[]>`select id, user_id from works limit 21`;
  workIds = found.map(({ id }) => id);
  author = found[0]?.user_id as string;
  db = drizzle(sql);
});
afterAll(async () => {
  await sql.end();
  await database.drop();
});

const plan = (query: (db: Db) => Promise<unknown>) => planOf(db, query);

/** Without the statement's last step, which sorts the rows of one page. */
const belowTheTop = (text: string) => text.slice(text.indexOf("->"));

/** The list of ids, and then the works. */
const pageOf = (list: BatchedList<typeof works>, params: Record<string, unknown>) => (db: Db) =>
  list.read(db, { params, page, fields }, ({ id }) => id);

test("the order of DISCOVER is read from its index, without a sort", async () => {
  const discover = await plan((db) => readOrder(db as unknown as Tx, "DISCOVER"));
  expect(discover).toContain("Scan Backward using work_stats_discover");
  expect(discover).not.toMatch(/Seq Scan|Sort/);
});

test("HOT reads only works of the last day", async () => {
  // Of so few works it would rather read them all.
  const hot = await planOf(db, (watched) => readOrder(watched as unknown as Tx, "HOT"), ["seqscan"]);
  expect(hot).toContain("work_stats_recent");
  expect(hot).not.toContain("Seq Scan");
});

test("the works of a page are found by their ids", async () => {
  // Of so few users and counts it may rather read them all.
  const read = await planOf(db, (watched) => new WorkReader(watched).findMany(fan, workIds), ["seqscan"]);
  for (const index of ["works_pkey", "users_pkey", "work_stats_pkey"]) expect(read).toContain(index);
  expect(read).not.toContain("Seq Scan");
  // To group the viewers of each work, it may sort the rows of the page.
  for (const [, rows] of read.matchAll(/Sort {2}\(.* rows=(\d+)/g))
    expect(Number(rows)).toBeLessThanOrEqual(workIds.length);
});

test("changes of counts are found by their index, even if the statement was planned while none waited", async () => {
  const reads = [
    () => new WorkReader(db).findMany(fan, workIds),
    () => workStatsOfUsers(db, [author]),
    () => followCountsOfUsers(db, [fan, friend]),
  ];
  // From the sixth time on, PostgreSQL keeps one plan for a prepared statement.
  for (let n = 0; n < 7; n++) for (const read of reads) await read();
  await sql`insert into work_stat_deltas (work_id, likes) select id, 1 from works limit 30000`;
  await sql`insert into user_stat_deltas (user_id, followers) select id, 1 from users limit 5000`;
  await sql`begin`;
  for (const read of reads) await read();
  const use = await sql`select relname, seq_scan::int, idx_scan::int from pg_stat_xact_user_tables
    where relname in ('work_stat_deltas', 'user_stat_deltas') order by relname`;
  await sql`commit`;
  expect(use).toEqual([
    { relname: "user_stat_deltas", seq_scan: 0, idx_scan: expect.any(Number) },
    { relname: "work_stat_deltas", seq_scan: 0, idx_scan: expect.any(Number) },
  ]);
  for (const { idx_scan } of use) expect(idx_scan).toBeGreaterThan(0);
});

test("FOLLOWING walks through the newest works, and if these are too few, looks up the last work of each followed user", async () => {
  const read = pageOf(followingList(), { viewer_id: fan });
  expect(await plan(read)).not.toContain("Seq Scan on works");
  // Of so few users and follows it would rather read them all.
  const following = await planOf(db, read, ["seqscan"]);
  const [walk, lookups] = following.slice(following.indexOf("CTE walked")).split('"*SELECT* 2"') as [
    string,
    string,
  ];
  expect(walk).toContain("Index Scan Backward using works_published on works");
  expect(walk).not.toContain("Sort");
  expect(lookups).toContain("Index Only Scan Backward using works_published_by_user");
  expect(lookups).toMatch(/One-Time Filter: .* < request\.size/);
  expect(following).not.toContain("Seq Scan");
});

test.each([
  [
    "a user's works",
    () => pageOf(worksOfUser(), { viewer_id: fan, author_id: author }),
    "works_published_by_user",
  ],
  ["own works", () => pageOf(ownWorks(), { viewer_id: author }), "works_by_user"],
  ["favorites", () => pageOf(favoriteWorks(), { viewer_id: fan }), "work_favorites_by_user"],
  ["liked works", () => pageOf(likedWorks(), { viewer_id: fan }), "work_likes_by_user"],
] as const)("a page of %s follows an index, without a sort", async (_name, list, index) => {
  const read = await plan(list());
  expect(read).toContain(index);
  expect(read).not.toMatch(/Seq Scan on (works|work_likes|work_favorites|users)/);
  expect(belowTheTop(read)).not.toContain("Sort ");
});
