import { sql } from "drizzle-orm";
import type { Tx } from "./index.js";

/** Lets one transaction at a time go on with this key; the others wait until it ends. */
export async function lockForTransaction(tx: Tx, key: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
}

/** Does not wait: false if another transaction has the key. */
export async function tryLockForTransaction(tx: Tx, key: string): Promise<boolean> {
  const [row] = await tx.execute<{ locked: boolean }>(
    sql`select pg_try_advisory_xact_lock(hashtextextended(${key}, 0)) as locked`,
  );
  return row?.locked === true;
}
