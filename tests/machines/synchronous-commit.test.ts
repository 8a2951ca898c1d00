import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectDatabase, type Db } from "../../src/platform/db/index.js";
import { PostgresPair } from "../support/postgres-pair.js";

let pair: PostgresPair;
beforeAll(async () => {
  pair = await PostgresPair.start();
  await pair.ask((db) => db.execute(sql`create table notes (text text primary key)`));
});
afterAll(async () => {
  await pair.stop();
});

test("a commit is not confirmed before the standby has confirmed it, whatever the time limits", async () => {
  await pair.standby.stop();
  const { db, close } = connectDatabase({
    ...{ url: pair.primaryUrl, poolSize: 2, applicationName: "tests", statementTimeoutMs: 500 },
  });
  const write = (at: Pick<Db, "execute">, text: string) =>
    at.execute(sql`insert into notes values (${text})`);
  const answers = await Promise.allSettled([
    write(db, "alone"),
    db.transaction((tx) => write(tx, "in a transaction")),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await close();
});
