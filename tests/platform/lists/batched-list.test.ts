import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { bigint, doublePrecision, integer, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Db } from "../../../src/platform/db/index.js";
import type { Connection } from "../../../src/platform/graphql/connection.js";
import { BatchedList } from "../../../src/platform/lists/batched-list.js";
import type { SortKey } from "../../../src/platform/lists/sort-keys.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { requestedFields } from "../../support/requested-fields.js";

const films = pgTable("films", {
  id: uuid("id").primaryKey(),
  genre: text("genre").notNull(),
  score: doublePrecision("score").notNull(),
  year: integer("year").notNull(),
  views: bigint("views", { mode: "number" }).notNull(),
  shownAt: timestamp("shown_at", { withTimezone: true, precision: 3 }).notNull(),
});
const likes = pgTable("likes", {
  userId: uuid("user_id").notNull(),
  filmId: uuid("film_id").notNull(),
  likedAt: timestamp("liked_at", { withTimezone: true, precision: 3 }).notNull(),
});
type Film = typeof films.$inferSelect;

let testDb: TestDatabase;
let db: Db;
let all: Film[];
beforeAll(async () => {
  testDb = await freshDatabase({ empty: true });
  db = testDb.database.db;
  await db.execute(sql`create table films (id uuid primary key, genre text not null, score double precision not null,
    year integer not null, views bigint not null, shown_at timestamptz(3) not null)`);
  await db.execute(
    sql`create table likes (user_id uuid not null, film_id uuid not null, liked_at timestamptz(3) not null)`,
  );
  // Few different values, so that keys are equal often.
  all = Array.from({ length: 60 }, (_, n) => ({
    id: randomUUID(),
    genre: ["drama", "comedy"][n % 2] as string,
    score: [-1.5, 0, 1e-7, 0.1 + 0.2, 20_420.123456789][n % 5] as number,
    year: [-1, 0, 2026][n % 3] as number,
    views: [-9, 7, 900_719_925_474_099][n % 3] as number,
    shownAt: new Date(Date.UTC(2026, 0, 1, 0, 0, 0, n % 4)),
  }));
  await db.insert(films).values(all);
});
afterAll(() => testDb.drop());

const fields = requestedFields("id");
type KeyName = "score" | "year" | "views" | "shownAt" | "id";

function compare(keys: readonly { name: KeyName; direction: "asc" | "desc" }[]) {
  return (a: Film, b: Film) => {
    for (const { name, direction } of keys) {
      const sign = direction === "asc" ? 1 : -1;
      if (a[name] < b[name]) return -sign;
      if (a[name] > b[name]) return sign;
    }
    return 0;
  };
}

const direction = fc.constantFrom("asc" as const, "desc" as const);
const key = fc.record({ name: fc.constantFrom<KeyName>("score", "year", "views", "shownAt"), direction });
const order = fc
  .tuple(fc.uniqueArray(key, { selector: ({ name }) => name, maxLength: 3 }), direction)
  .map(([keys, direction]) => [...keys, { name: "id" as const, direction }]);

test("a walk through the pages meets every row once and in order, whatever the list is sorted by", async () => {
  await fc.assert(
    fc.asyncProperty(order, fc.integer({ min: 1, max: 30 }), async (keys, first) => {
      const list = new BatchedList({
        table: films,
        params: { genre: "text" },
        where: sql`${films.genre} = request.genre`,
        order: keys.map(({ name, direction }): SortKey => ({ column: films[name], direction })),
        fieldColumns: {},
      });
      const seen: string[] = [];
      for (let after: string | null = null; ; ) {
        const page: Connection<Film> = await list.read(
          db,
          { params: { genre: "drama" }, page: { first, after }, fields },
          (row) => row,
        );
        seen.push(...page.nodes.map(({ id }) => id));
        if (!page.pageInfo.hasNextPage) break;
        after = page.pageInfo.endCursor;
      }
      const expected = all.filter(({ genre }) => genre === "drama").sort(compare(keys));
      expect(seen).toEqual(expected.map(({ id }) => id));
    }),
    { numRuns: 60 },
  );
});

test("a list can be sorted by a joined table, and its pages for different users are one statement", async () => {
  const [ana, bo] = [randomUUID(), randomUUID()];
  const liked = (userId: string, film: Film | undefined, second: number) => ({
    ...{ userId, filmId: film?.id as string, likedAt: new Date(Date.UTC(2026, 5, 1, 0, 0, second)) },
  });
  await db
    .insert(likes)
    .values([liked(ana, all[3], 1), liked(ana, all[5], 3), liked(ana, all[4], 2), liked(bo, all[7], 1)]);
  const list = new BatchedList({
    table: films,
    joins: sql`join ${likes} on ${likes.filmId} = ${films.id}`,
    params: { user_id: "uuid" },
    where: sql`${likes.userId} = request.user_id`,
    order: [
      { column: likes.likedAt, direction: "desc" },
      { column: films.id, direction: "desc" },
    ],
  });
  const read = (userId: string, after: string | null = null) =>
    list.read(db, { params: { user_id: userId }, page: { first: 2, after }, fields }, (row) => row);
  const [ofAna, ofBo] = await Promise.all([read(ana), read(bo)]);
  expect(ofAna.nodes).toEqual([all[5], all[4]].map((film) => expect.objectContaining({ id: film?.id })));
  expect(ofBo.nodes.map(({ id }) => id)).toEqual([all[7]?.id]);
  const rest = await read(ana, ofAna.pageInfo.endCursor);
  expect(rest.nodes.map(({ year }) => year)).toEqual([all[3]?.year]);
  expect(rest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
});

test("a cursor that was changed or cut, or has other keys, is refused", async () => {
  const list = new BatchedList({
    table: films,
    params: {},
    where: sql`true`,
    order: [
      { column: films.score, direction: "desc" },
      { column: films.year, direction: "asc" },
      { column: films.id, direction: "asc" },
    ],
  });
  const read = (after: string | null) =>
    list.read(db, { params: {}, page: { first: 1, after }, fields }, (row) => row);
  const cursor = (await read(null)).pageInfo.endCursor as string;
  expect((await read(cursor)).nodes).toHaveLength(1);
  const of = (text: string) => Buffer.from(text).toString("base64url");
  const id = all[0]?.id;
  const bad = [`${cursor}A`, cursor.slice(0, -1), `${cursor}=`, "", of(`1:2:${id}:3`), of(`1:${id}`)];
  for (const score of ["NaN", "1e9999", "'", "infinity", ""]) bad.push(of(`${score}:2:${id}`));
  for (const year of ["2147483648", "1.5", "-", "99999999999"]) bad.push(of(`1:${year}:${id}`));
  for (const after of bad) await expect(read(after)).rejects.toMatchObject({ field: "after" });
});
