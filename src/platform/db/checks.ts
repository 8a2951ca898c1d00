import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "./index.js";

/** Something that must hold of the rows in the database. */
export interface Check {
  invariant: string;
  /** Selects one row with one text, `detail`, for each breach. */
  breaches: SQL;
}

/** A place where an invariant does not hold. */
export interface Breach {
  invariant: string;
  detail: string;
}

/** Breaches are read in portions of this size, so that a broken database does not fill the memory. */
const portion = 500;

/** Runs the checks one after the other, in the caller's snapshot. */
export async function* findBreaches(tx: Tx, checks: readonly Check[]): AsyncGenerator<Breach> {
  // PostgreSQL plans cursors for their first rows unless told that all will be read.
  await tx.execute(
    sql`select set_config('cursor_tuple_fraction', '1', true), set_config('work_mem', '64MB', true)`,
  );
  for (const { invariant, breaches } of checks) {
    await tx.execute(sql`declare breaches no scroll cursor for ${breaches}`);
    for (let isMore = true; isMore; ) {
      const rows = await tx.execute<{ detail: string }>(sql.raw(`fetch ${portion} from breaches`));
      for (const { detail } of rows) yield { invariant, detail };
      isMore = rows.length === portion;
    }
    await tx.execute(sql`close breaches`);
  }
}
