import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "./index.js";

/** An invariant of the stored rows. */
export interface Check {
  invariant: string;
  /** Selects one row with a text column `detail` per breach. */
  breaches: SQL;
}

/** A violation of an invariant. */
export interface Breach {
  invariant: string;
  detail: string;
}

/** Rows per fetch, so that a badly damaged database does not fill the memory. */
const fetchSize = 500;

/** Runs the checks one after the other, in the snapshot of the caller's transaction. */
export async function* findBreaches(tx: Tx, checks: readonly Check[]): AsyncGenerator<Breach> {
  // By default PostgreSQL plans a cursor for the first tenth of its rows.
  await tx.execute(
    sql`select set_config('cursor_tuple_fraction', '1', true), set_config('work_mem', '64MB', true)`,
  );
  for (const { invariant, breaches } of checks) {
    await tx.execute(sql`declare breaches no scroll cursor for ${breaches}`);
    for (let hasMore = true; hasMore; ) {
      const rows = await tx.execute<{ detail: string }>(sql.raw(`fetch ${fetchSize} from breaches`));
      for (const { detail } of rows) yield { invariant, detail };
      hasMore = rows.length === fetchSize;
    }
    await tx.execute(sql`close breaches`);
  }
}
