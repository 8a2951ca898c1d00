import { type SQL, sql } from "drizzle-orm";
import type { Queryable } from "../../platform/db.js";

/** Something that the ledger promises and that does not hold. */
export interface Breach {
  invariant: string;
  detail: string;
}

/** All that must hold of the ledger by itself. Each check returns one row for every breach. */
const checks: { invariant: string; breaches: SQL }[] = [
  {
    invariant: "every stored balance equals the sum of its transfers",
    breaches: sql`
      with sides as (
        select credit_user_id as user_id, asset, credit_account as account, amount from ledger_transfers
        where credit_user_id is not null
        union all
        select debit_user_id, asset, debit_account, -amount from ledger_transfers where debit_user_id is not null
      ),
      summed as (
        select user_id,
          coalesce(sum(amount) filter (where asset = 'CREDIT' and account = 'FREE'), 0) as credits_free,
          coalesce(sum(amount) filter (where asset = 'CREDIT' and account = 'HELD'), 0) as credits_held,
          coalesce(sum(amount) filter (where asset = 'COIN' and account = 'FREE'), 0) as coins_free,
          coalesce(sum(amount) filter (where asset = 'COIN' and account = 'PENDING'), 0) as coins_pending
        from sides group by user_id
      )
      select format('user %s: the wallet says %s, the transfers %s', coalesce(w.user_id, s.user_id),
        row(w.credits_free, w.credits_held, w.coins_free, w.coins_pending)::text,
        row(s.credits_free, s.credits_held, s.coins_free, s.coins_pending)::text) as detail
      from wallets w full join summed s on s.user_id = w.user_id
      where w.user_id is null
        or (w.credits_free, w.credits_held, w.coins_free, w.coins_pending) is distinct from
           (coalesce(s.credits_free, 0), coalesce(s.credits_held, 0), coalesce(s.coins_free, 0), coalesce(s.coins_pending, 0))`,
  },
  {
    invariant: "for each asset all accounts sum to zero",
    breaches: sql`
      with users as (
        select 'CREDIT'::asset as asset, coalesce(sum(credits_free + credits_held), 0) as total from wallets
        union all select 'COIN', coalesce(sum(coins_free + coins_pending), 0) from wallets
      ),
      platform as (
        select asset,
          sum(case when credit_user_id is null then amount else 0 end)
            - sum(case when debit_user_id is null then amount else 0 end) as total
        from ledger_transfers group by asset
      )
      select format('%s: users hold %s, the platform %s', u.asset, u.total, coalesce(p.total, 0)) as detail
      from users u left join platform p on p.asset = u.asset
      where u.total + coalesce(p.total, 0) <> 0`,
  },
  {
    invariant: "each statement's balances follow from one another without a gap",
    breaches: sql`
      with lines as (
        select credit_user_id as user_id, asset, credit_sequence as sequence, amount, credit_balance_after as after
        from ledger_transfers where credit_account = 'FREE'
        union all
        select debit_user_id, asset, debit_sequence, -amount, debit_balance_after
        from ledger_transfers where debit_account = 'FREE'
      ),
      chained as (
        select *, coalesce(lag(after) over (partition by user_id, asset order by sequence), 0) as before from lines
      )
      select format('user %s, entry %s: %s and %s do not make %s', user_id, sequence, before, amount, after) as detail
      from chained where before + amount <> after`,
  },
  {
    invariant: "every ending has the amount and the user of what it ends, which is ended once",
    breaches: sql`
      select format('transfer %s ends %s with another amount or user', e.key, coalesce(s.key, 'nothing')) as detail
      from ledger_transfers e left join ledger_transfers s on s.id = e.ends_transfer_id
      where e.ends_transfer_id is not null and (s.id is null or e.amount <> s.amount
        or s.debit_user_id is distinct from coalesce(e.credit_user_id, e.debit_user_id))
      union all
      select format('%s is ended %s times', s.key, count(*))
      from ledger_transfers e join ledger_transfers s on s.id = e.ends_transfer_id
      group by s.key having count(*) > 1`,
  },
  {
    invariant: "what is held equals the sum of the open holds",
    breaches: sql`
      with open as (
        select h.debit_user_id as user_id, sum(h.amount) as held, count(*) as holds from ledger_transfers h
        where h.type = 'GEN_HOLD' and not exists (select from ledger_transfers e where e.ends_transfer_id = h.id)
        group by 1
      )
      select format('user %s: %s held in %s holds, %s in %s open ones', w.user_id,
        w.credits_held, w.holds_open, coalesce(o.held, 0), coalesce(o.holds, 0)) as detail
      from wallets w left join open o on o.user_id = w.user_id
      where w.credits_held <> coalesce(o.held, 0) or w.holds_open <> coalesce(o.holds, 0)`,
  },
];

/** Proves every invariant of the ledger, in the caller's snapshot. An empty list means all is well. */
export async function auditLedger(db: Queryable): Promise<Breach[]> {
  const found: Breach[] = [];
  for (const { invariant, breaches } of checks) {
    const rows = await db.execute<{ detail: string }>(breaches);
    found.push(...rows.map(({ detail }) => ({ invariant, detail })));
  }
  return found;
}
