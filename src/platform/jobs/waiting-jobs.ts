import { sql } from "drizzle-orm";
import type { Queryable } from "../db/index.js";

/** Of these keys (`onceKey`), those that a job of this queue waits or runs for. */
export async function keysOfWaitingJobs(
  db: Queryable,
  queue: { name: string },
  onceKeys: readonly string[],
): Promise<Set<string>> {
  // A database that no server has used yet has no queue.
  const [{ exists } = { exists: false }] = await db.execute<{ exists: boolean }>(
    sql`select to_regclass('pgboss.job') is not null as exists`,
  );
  if (!exists) return new Set();
  const rows = await db.execute<{ key: string }>(sql`
    select distinct singleton_key as key from pgboss.job
    where name = ${queue.name} and state < 'completed' and singleton_key = any(${sql.param([...onceKeys])}::text[])`);
  return new Set([...rows].map(({ key }) => key));
}
