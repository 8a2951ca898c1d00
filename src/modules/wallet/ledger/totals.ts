import { type SQL, sql } from "drizzle-orm";
import type { Db, Tx } from "../../../platform/db/index.js";
import type { TransferType } from "./transfers.js";

/** A refund of a remix whose fee had been paid counts as a reversal: its credits were no longer held. */
type TotalsKey = TransferType | "REMIX_REVERSAL";

/** The key of a row of `ledger_transfers` among the totals. */
export const totalsKey: SQL = sql`case when type = 'REMIX_REFUND' and debit_account = 'EXCHANGE'
  then 'REMIX_REVERSAL' else type::text end`;

/** Amounts and transfers by type, since the beginning: credits, or units of 1/10000 coin. */
export type Totals = Partial<Record<TotalsKey, { amount: number; transfers: number }>>;

/** The time limit of one call, for a ledger with many uncounted transfers. */
const countingMaxMs = 1_000;
const hourMs = 3_600_000;

/**
 * The sums of the ledger, without reading all of it: one row stores the totals and the moment up to which they
 * count. Each call adds the transfers since then, by an index on `created_at`. No transfer writes this row, so
 * none waits for it.
 *
 * The moment is before the start of every open transaction that has written. `created_at` is the clock's
 * time at the write, so each earlier transfer is committed or rolled back. None is counted twice or missed.
 */
export async function countLedger(db: Db): Promise<Totals> {
  const startedAt = performance.now();
  let stepMs = hourMs;
  for (;;) {
    const stepStartedAt = performance.now();
    const { totals, complete } = await db.transaction((tx) => countOn(tx, stepMs));
    const now = performance.now();
    if (complete || now - startedAt > countingMaxMs) return totals;
    // Times without many transfers are counted in longer steps.
    if (now - stepStartedAt < countingMaxMs / 10) stepMs *= 4;
  }
}

async function countOn(tx: Tx, stepMs: number): Promise<{ totals: Totals; complete: boolean }> {
  await tx.execute(sql`insert into ledger_totals (counted_until) values (null) on conflict do nothing`);
  const [row] = await tx.execute<{ totals: Totals; since: string; until: string; complete: boolean }>(sql`
    with bounds as (
      select totals,
        coalesce(counted_until,
          -- Reads the whole ledger, once. The oldest id may be of a server whose clock was wrong.
          (select min(created_at) - interval '1 second' from ledger_transfers), '-infinity') as since,
        least(clock_timestamp(), (
          select min(xact_start) from pg_stat_activity
          where datname = current_database() and backend_xid is not null and pid <> pg_backend_pid()
        )) - interval '1 second' as horizon
      from ledger_totals for update of ledger_totals
    )
    select totals, since::text, complete, (case when complete then horizon else stop end)::text as until
    from bounds, lateral (select since + ${stepMs} * interval '1 millisecond' as stop) step,
      lateral (select horizon <= stop or since = '-infinity' as complete) reached`);
  if (!row) throw new Error("the totals have no row");
  const added = await tx.execute<{ type: TotalsKey; amount: string; transfers: string }>(sql`
    select ${totalsKey} as type, sum(amount) as amount, count(*) as transfers from ledger_transfers
    where created_at > ${row.since}::timestamptz and created_at <= ${row.until}::timestamptz
    group by 1`);
  const totals = { ...row.totals };
  for (const { type, amount, transfers } of added) {
    const before = totals[type] ?? { amount: 0, transfers: 0 };
    totals[type] = {
      amount: before.amount + Number(amount),
      transfers: before.transfers + Number(transfers),
    };
  }
  await tx.execute(sql`
    update ledger_totals set totals = ${JSON.stringify(totals)}::jsonb,
      counted_until = greatest(${row.until}::timestamptz, ${row.since}::timestamptz)`);
  return { totals, complete: row.complete };
}
