import { sql } from "drizzle-orm";
import type { Queryable } from "../db/index.js";

/** The `onceKey`s, of those given, for which a job of this queue is waiting or running. */
export async function onceKeysInQueue(
  db: Queryable,
  queue: { name: string },
  onceKeys: readonly string[],
): Promise<Set<string>> {
  // Queues are created when the first server starts.
  const [{ exists } = { exists: false }] = await db.execute<{ exists: boolean }>(
    sql`select to_regclass('pgboss.job') is not null as exists`,
  );
  if (!exists) return new Set();
  const rows = await db.execute<{ key: string }>(sql`
    select distinct singleton_key as key from pgboss.job
    where name = ${queue.name} and state < 'completed' and singleton_key = any(${sql.param([...onceKeys])}::text[])`);
  return new Set([...rows].map(({ key }) => key));
}
