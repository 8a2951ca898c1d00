import { sql } from "drizzle-orm";
import type { Check } from "../../platform/db/checks.js";
import { creatorUnitsPerCredit, feeUnitsPerCredit, unitsPerCredit } from "./ledger/shares.js";

const number = (value: number) => sql.raw(String(value));

/** The sums of EXCHANGE: credits positive when they enter, units of coins positive when they leave. */
const exchanged = sql`
  coalesce(sum(case when asset = 'CREDIT' then case when credit_account = 'EXCHANGE' then amount else -amount end end), 0)
    as credits,
  coalesce(sum(case when asset = 'COIN' then case when debit_account = 'EXCHANGE' then amount else -amount end end), 0)
    as units`;

/** Each payment with its parts, by its key. */
const payments = sql`
  select s.key, s.type, s.amount as credits, s.debit_user_id as payer_id,
    (select sum(f.amount) from ledger_transfers f where f.key = s.key || ':fee' and f.type = 'CREATOR_FEE') as fee,
    i.units, i.incomes, i.shares
  from ledger_transfers s left join lateral (
    select sum(units) as units, count(*) as incomes, array_agg(units::int order by level) as shares
    from incomes where payment_key = s.key
  ) i on true
  where s.type in ('TIP_SPEND', 'PROMPT_UNLOCK_SPEND', 'REMIX_SETTLE')`;

/** The division of a fee over levels: see `divideOverLevels`. */
const divided = sql`
  with recursive parts (level, share, rest) as (
    select 1, p.whole - case when p.incomes = 1 then 0 else p.whole * 30 / 100 end,
      case when p.incomes = 1 then 0 else p.whole * 30 / 100 end
    union all
    select level + 1, rest - case when level + 1 = p.incomes then 0 else rest * 30 / 100 end,
      case when level + 1 = p.incomes then 0 else rest * 30 / 100 end
    from parts where level < p.incomes
  )
  select array_agg(share::int order by level) from parts`;

/** Payments to creators and their incomes. */
export const incomeChecks: Check[] = [
  {
    invariant: "500 units of coins have left EXCHANGE for each credit that entered it",
    breaches: sql`
      select format('%s credits entered and %s units left', credits, units) as detail
      from (select ${exchanged} from ledger_transfers where 'EXCHANGE' in (debit_account, credit_account)) e
      where units <> ${number(unitsPerCredit)} * credits`,
  },
  {
    invariant: "each payment pays 450 units for a credit to creators, divided by the rule, and one fee of 50",
    breaches: sql`
      select format('%s of %s credits: fee %s, incomes %s', key, credits, coalesce(fee, 0), shares::text) as detail
      from (select *, credits::bigint * ${number(creatorUnitsPerCredit)} as whole from (${payments}) q) p
      where fee is distinct from credits * ${number(feeUnitsPerCredit)} or units is distinct from whole
        or incomes > 5 or shares <> (${divided})`,
  },
  {
    invariant: "a payment is reversed whole or not at all",
    breaches: sql`
      select format('%s: refunded %s, fee reversed %s, %s of %s incomes taken back or lost', s.key, r.id is not null,
        fr.id is not null, taken.back, taken.total) as detail
      from ledger_transfers s
      left join ledger_transfers r on r.ends_transfer_id = s.id
      left join ledger_transfers f on f.key = s.key || ':fee'
      left join ledger_transfers fr on fr.ends_transfer_id = f.id
      cross join lateral (
        select count(*) as total, count(*) filter (where i.state = 'REVERSED' or exists (
          select from ledger_transfers l where l.key = 'loss:' || i.id)) as back
        from incomes i where i.payment_key = s.key
      ) taken
      where s.type in ('TIP_SPEND', 'PROMPT_UNLOCK_SPEND', 'REMIX_SETTLE')
        and ((r.id is null) <> (fr.id is null) or taken.back <> case when r.id is null then 0 else taken.total end)`,
  },
  {
    invariant: "every income is one transfer of its amount to its creator, and each of those has its income",
    breaches: sql`
      select format('income %s: %s of user %s, its transfer %s of user %s', coalesce(i.id, t.id), i.units, i.user_id,
        t.amount, t.credit_user_id) as detail
      from incomes i full join (
        select * from ledger_transfers where type in ('TIP_INCOME', 'PROMPT_UNLOCK_INCOME', 'REMIX_INCOME')
      ) t on t.id = i.id
      where i.id is null or t.id is null or (i.units, i.user_id, i.type || '_INCOME', i.created_at, i.work_id)
          is distinct from (t.amount, t.credit_user_id, t.type::text, t.created_at, t.subject_id)
        or t.key <> i.payment_key || ':income:' || i.level`,
  },
  {
    invariant: "an income names the payer and the credits of its payment, and is not the payer's own",
    breaches: sql`
      select format('income %s of user %s, of %s credits by user %s: %s was of %s by user %s', i.id, i.user_id,
        i.paid_credits, i.payer_id, i.payment_key, s.amount, s.debit_user_id) as detail
      from incomes i left join ledger_transfers s on s.key = i.payment_key
      where (i.payer_id, i.paid_credits) is distinct from (s.debit_user_id, s.amount::int) or i.user_id = i.payer_id`,
  },
  {
    invariant: "an income has ended if and only if a transfer ends it, and none was released before its time",
    breaches: sql`
      select format('income %s is %s since %s, to be released at %s; ended by %s', i.id, i.state, i.ended_at, i.release_at,
        e.type) as detail
      from incomes i left join ledger_transfers e on e.ends_transfer_id = i.id
      where i.state::text <> (case e.type when 'INCOME_RELEASE' then 'RELEASED' when 'INCOME_REVERSAL' then 'REVERSED'
          else 'PENDING' end)
        or (i.state = 'RELEASED' and i.ended_at < i.release_at)`,
  },
  {
    invariant: "pending coins are the incomes that have not ended",
    breaches: sql`
      select format('user %s: the wallet has %s, the incomes %s', w.user_id, w.coins_pending, coalesce(i.units, 0)) as detail
      from wallets w left join (
        select user_id, sum(units) as units from incomes where state = 'PENDING' group by user_id
      ) i on i.user_id = w.user_id
      where w.coins_pending <> coalesce(i.units, 0)`,
  },
  {
    invariant: "the credits that a wallet counts as tipped are those of its day",
    breaches: sql`
      select format('user %s: %s counted for %s, %s tipped', w.user_id, w.tipped_today, w.tipped_day, t.credits) as detail
      from wallets w cross join lateral (
        select coalesce(sum(amount), 0) as credits from ledger_transfers t
        where t.debit_user_id = w.user_id and t.type = 'TIP_SPEND'
          and (t.created_at at time zone 'UTC')::date = w.tipped_day
      ) t
      where w.tipped_day is not null and w.tipped_today <> t.credits`,
  },
];
