import { sql } from "drizzle-orm";
import type { Tx } from "../../../platform/db/index.js";
import { users } from "../../accounts/accounts.tables.js";
import { incomes } from "../incomes.tables.js";

/** Where the next batch begins: after the last income of the one before. */
export interface ReleasePosition {
  releaseAt: string;
  id: string;
}

export interface ReleasedBatch {
  released: number;
  /** The creators whose balances have changed. */
  userIds: string[];
  /** Null after the last batch. */
  next: ReleasePosition | null;
}

/**
 * Gives out incomes whose freeze has ended: pending coins become free. Skips those of suspended creators, those that an
 * operator holds, and those that another process is releasing now. Incomes are locked before wallets, as in a reversal.
 */
export async function release(
  tx: Tx,
  { after, limit }: { after: ReleasePosition | null; limit: number },
): Promise<ReleasedBatch> {
  const position = after ?? { releaseAt: "-infinity", id: "00000000-0000-0000-0000-000000000000" };
  const [row] = await tx.execute<{
    found: number;
    released: number;
    user_ids: string | null;
    last_at: string;
    last_id: string;
  }>(sql`
    with due as materialized (
      select i.id, i.user_id, i.units, i.release_at from ${incomes} i
      join ${users} u on u.id = i.user_id and u.banned_at is null
      join wallets w on w.user_id = i.user_id and w.incomes_held_at is null
      where i.state = 'PENDING' and i.release_at <= statement_timestamp()
        and (i.release_at, i.id) > (${position.releaseAt}::timestamptz, ${position.id}::uuid)
      order by i.release_at, i.id limit ${limit} for update of i skip locked
    ),
    -- A hold that was set while this waited for the lock counts too.
    locked as materialized (
      select w.user_id from wallets w where w.user_id in (select user_id from due) and w.incomes_held_at is null
      order by w.user_id for no key update
    ),
    clock as materialized (
      select date_trunc('milliseconds', clock_timestamp()) as at from (select count(*) from locked) l
    ),
    moved as (
      update wallets w set coins_pending = w.coins_pending - s.units, coins_free = w.coins_free + s.units,
        sequence = w.sequence + s.incomes
      from (select user_id, sum(units)::bigint as units, count(*) as incomes from due group by user_id) s
        join locked on locked.user_id = s.user_id
      where w.user_id = s.user_id
      returning w.user_id, w.coins_pending + s.units as pending_before, w.coins_free - s.units as free_before,
        w.sequence - s.incomes as sequence_before
    ),
    lines as (
      select due.*, m.pending_before - sum(due.units) over by_user as pending_after,
        m.free_before + sum(due.units) over by_user as free_after,
        m.sequence_before + row_number() over by_user as sequence
      from due join moved m on m.user_id = due.user_id
      window by_user as (partition by due.user_id order by due.release_at, due.id)
    ),
    posted as (
      insert into ledger_transfers (id, key, type, asset, amount, debit_account, debit_user_id, debit_balance_after,
        debit_sequence, credit_account, credit_user_id, credit_balance_after, credit_sequence, subject_type, subject_id,
        ends_transfer_id, created_at)
      select gen_random_uuid(), 'income-end:' || l.id, 'INCOME_RELEASE', 'COIN', l.units, 'PENDING', l.user_id,
        l.pending_after, l.sequence, 'FREE', l.user_id, l.free_after, l.sequence, 'income', l.id, l.id, clock.at
      from lines l cross join clock
    ),
    ended as (
      update ${incomes} i set state = 'RELEASED', ended_at = clock.at
      from clock where i.id = any(array(select id from lines))
      returning i.id
    )
    select (select count(*)::int from due) as found, (select count(*)::int from ended) as released,
      (select string_agg(user_id::text, ',') from moved) as user_ids, last.release_at::text as last_at, last.id as last_id
    from (select 1) one left join lateral
      (select release_at, id from due order by release_at desc, id desc limit 1) last on true`);
  if (!row || row.found === 0) return { released: 0, userIds: [], next: null };
  return {
    released: row.released,
    userIds: row.user_ids?.split(",") ?? [],
    next: row.found < limit ? null : { releaseAt: row.last_at, id: row.last_id },
  };
}

/** Whether `release` passes over the user's incomes. False if that is so already. */
export async function setIncomeHold(tx: Tx, userId: string, isHeld: boolean): Promise<boolean> {
  const changed = await tx.execute(sql`
    update wallets set incomes_held_at = ${isHeld ? sql`clock_timestamp()` : sql`null`}
    where user_id = ${userId} and (incomes_held_at is null) = ${isHeld} returning user_id`);
  return changed.length > 0;
}
