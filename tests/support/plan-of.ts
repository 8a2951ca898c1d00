import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import type { Sql } from "postgres";
import type { Db } from "../../src/platform/db/index.js";

/** The plan of a repository's query with its parameters. `without`: kinds of scan that are turned off. */
export async function planOf(
  db: Db,
  query: (db: Db) => Promise<unknown>,
  without: ("seqscan" | "bitmapscan")[] = [],
): Promise<string> {
  const queries: { text: string; params: unknown[] }[] = [];
  const { $client: client } = db as Db & { $client: Sql };
  await query(drizzle(client, { logger: { logQuery: (text, params) => queries.push({ text, params }) } }));
  const [{ text, params } = { text: "", params: [] as unknown[] }] = queries;
  const filled = text.replace(/\$(\d+)/g, (_, n) => quoted(params[Number(n) - 1]));
  const lines = await db.transaction(async (tx) => {
    for (const way of without) await tx.execute(sql.raw(`set local enable_${way} = off`));
    return tx.execute<{ "QUERY PLAN": string }>(sql.raw(`explain ${filled}`));
  });
  return lines.map((line) => line["QUERY PLAN"]).join("\n");
}

function quoted(value: unknown): string {
  return Array.isArray(value) ? `'{${value.map((each) => each ?? "NULL").join()}}'` : `'${value}'`;
}
