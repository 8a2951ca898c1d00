import { sql } from "drizzle-orm";
import type { Check } from "../../platform/db/checks.js";
import { creditsMax, totalsKey } from "./ledger/index.js";

const sides = sql`
  select user_id, asset, account, sequence, amount, balance_after as after
  from ledger_sides where user_id is not null`;

/** The numbers of transfers in their users' sequences. A transfer between one user's accounts has one number. */
const numbers = sql`select distinct user_id, sequence, id from ledger_sides where user_id is not null`;

const openHolds = sql`
  select h.debit_user_id as user_id, sum(h.amount) as held, count(*) filter (where h.type = 'GEN_HOLD') as holds
  from ledger_transfers h
  where h.type in ('GEN_HOLD', 'REMIX_HOLD') and not exists (select from ledger_transfers e where e.ends_transfer_id = h.id)
  group by h.debit_user_id`;

/** A hold counts for the day on which its statement began, and is dated a moment later. */
const midnight = sql`interval '10 minutes'`;

/** Wallets against their transfers. */
export const balanceChecks: Check[] = [
  {
    invariant: "every stored balance equals the sum of its transfers",
    breaches: sql`
      with sides as (${sides}),
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
    invariant: "no balance is below zero or above its bound",
    breaches: sql`
      select format('user %s has %s', user_id,
        row(credits_free, credits_held, coins_free, coins_pending)::text) as detail
      from wallets
      where least(credits_free, credits_held, coins_free, coins_pending) < 0
        or credits_free + credits_held > ${sql.raw(String(creditsMax))}
        or greatest(coins_free, coins_pending) > ${sql.raw(String(Number.MAX_SAFE_INTEGER))}`,
  },
  {
    invariant: "the balances of each account follow from one another without a gap",
    breaches: sql`
      with chained as (
        select *, coalesce(lag(after) over (partition by user_id, asset, account order by sequence), 0) as before
        from (${sides}) s
      )
      select format('user %s, %s %s, transfer %s: %s and %s do not make %s',
        user_id, account, asset, sequence, before, amount, after) as detail
      from chained where before + amount is distinct from after`,
  },
  {
    invariant: "no two transfers of a user have one number",
    breaches: sql`
      select format('user %s: %s transfers have the number %s', user_id, count(*), sequence) as detail
      from (${numbers}) n group by user_id, sequence having count(*) > 1`,
  },
  {
    invariant: "each user's transfers are numbered from 1 without a gap, and the wallet has the last number",
    breaches: sql`
      with numbered as (
        select user_id, count(*) as transfers, min(sequence) as first, max(sequence) as last
        from (${numbers}) n group by user_id
      )
      select format('user %s: the wallet counts %s; there are %s, numbered from %s to %s',
        coalesce(w.user_id, n.user_id), w.sequence, coalesce(n.transfers, 0), n.first, n.last) as detail
      from wallets w full join numbered n on n.user_id = w.user_id
      where w.sequence is distinct from coalesce(n.transfers, 0) or n.last <> n.transfers or n.first <> 1`,
  },
  {
    invariant: "what is held equals the sum of the open holds",
    breaches: sql`
      select format('user %s: %s held in %s holds, %s in %s open ones', w.user_id,
        w.credits_held, w.holds_open, coalesce(o.held, 0), coalesce(o.holds, 0)) as detail
      from wallets w left join (${openHolds}) o on o.user_id = w.user_id
      where w.credits_held <> coalesce(o.held, 0) or w.holds_open <> coalesce(o.holds, 0)`,
  },
  {
    invariant: "the holds that a wallet counts for its day are those of that day",
    breaches: sql`
      with days as (
        select w.user_id, w.holds_day, w.holds_today, d.begins, d.begins + interval '1 day' as ends
        from wallets w, lateral (select w.holds_day::timestamp at time zone 'UTC' as begins) d
      ),
      counted as (
        select d.user_id, d.holds_day, d.holds_today,
          count(*) filter (where h.created_at >= d.begins + ${midnight} and h.created_at < d.ends - ${midnight})
            as surely,
          count(h.id) as perhaps
        from days d left join ledger_transfers h on h.debit_user_id = d.user_id and h.type = 'GEN_HOLD'
          and h.created_at >= d.begins - ${midnight} and h.created_at < d.ends + ${midnight}
        group by d.user_id, d.holds_day, d.holds_today
      )
      select format('user %s: %s counted for %s, %s taken', user_id, holds_today,
        coalesce(holds_day::text, 'no day'), perhaps) as detail
      from counted where holds_today < surely or holds_today > perhaps`,
  },
  {
    invariant: "the cached totals equal the sums of the transfers that they count",
    breaches: sql`
      with cached as (
        select key as type, (value->>'amount')::numeric as amount, (value->>'transfers')::numeric as transfers
        from ledger_totals, jsonb_each(totals)
      ),
      summed as (
        select ${totalsKey} as type, sum(t.amount) as amount, count(*) as transfers
        from ledger_transfers t join ledger_totals c on t.created_at <= c.counted_until
        group by 1
      )
      select format('%s: %s in %s transfers is cached, %s in %s was posted', type,
        coalesce(c.amount, 0), coalesce(c.transfers, 0), coalesce(s.amount, 0), coalesce(s.transfers, 0)) as detail
      from cached c full join summed s using (type)
      where (coalesce(c.amount, 0), coalesce(c.transfers, 0))
        is distinct from (coalesce(s.amount, 0), coalesce(s.transfers, 0))`,
  },
];
