import { sql } from "drizzle-orm";
import type { Check } from "../../platform/db/checks.js";
import { ledgerTransfers, transferShape } from "./wallet.tables.js";

const uuid = sql.raw("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

const endsIncome = sql.raw("e.type in ('INCOME_RELEASE', 'INCOME_REVERSAL')");

/** Each transfer by itself, and against the one that it ends. */
export const transferChecks: Check[] = [
  {
    invariant: "a transfer has the accounts, the asset and the parts of its type",
    breaches: sql`
      select format('user %s: transfer %s is a %s of %s %s from %s to %s',
        coalesce(debit_user_id, credit_user_id), id, type, amount, asset, debit_account, credit_account) as detail
      from ${ledgerTransfers}
      where not (${transferShape}) or amount < 1`,
  },
  {
    invariant: "a transfer's key and subject are those of its type",
    breaches: sql`
      select format('user %s: %s %s is for the %s %s and has the key %s',
        coalesce(debit_user_id, credit_user_id), type, id, subject_type, subject_id, key) as detail
      from ledger_transfers where (case type
        when 'GRANT' then key !~ '^(signup:|grant:${uuid}:)' or split_part(key, ':', 2) = credit_user_id::text
        when 'RECHARGE' then key ~ '^recharge:'
        when 'GEN_HOLD' then subject_type = 'task' and key = 'hold:' || subject_id
        when 'GEN_SETTLE' then subject_type = 'task' and key = 'end:' || subject_id
        when 'GEN_REFUND' then subject_type = 'task' and key = 'end:' || subject_id
        when 'DOWNLOAD_SPEND' then subject_type = 'video' and key ~ '^download:${uuid}$'
        when 'DOWNLOAD_REFUND' then subject_type = 'video' and key ~ '^reverse:download:${uuid}$'
        when 'TIP_SPEND' then subject_type = 'work' and key ~ '^tip:${uuid}$'
        when 'TIP_REFUND' then subject_type = 'work' and key ~ '^reverse:tip:${uuid}$'
        when 'PROMPT_UNLOCK_SPEND' then subject_type = 'work' and key ~ '^unlock:${uuid}$'
        when 'PROMPT_UNLOCK_REFUND' then subject_type = 'work' and key ~ '^reverse:unlock:${uuid}$'
        when 'REMIX_HOLD' then subject_type = 'task' and key = 'remix-hold:' || subject_id
        when 'REMIX_SETTLE' then subject_type = 'task' and key = 'remix-end:' || subject_id
        when 'REMIX_REFUND' then subject_type = 'task' and key = (case debit_account when 'HELD' then '' else 'reverse:' end)
          || 'remix-end:' || subject_id
        when 'TIP_INCOME' then subject_type = 'work' and key ~ '^tip:${uuid}:income:0$'
        when 'PROMPT_UNLOCK_INCOME' then subject_type = 'work' and key ~ '^unlock:${uuid}:income:0$'
        when 'REMIX_INCOME' then subject_type = 'work' and key ~ '^remix-end:${uuid}:income:[0-9]+$'
        when 'CREATOR_FEE' then subject_type = 'work' and key ~ '^(tip|unlock|remix-end):${uuid}:fee$'
        when 'INCOME_RELEASE' then subject_type = 'income' and key = 'income-end:' || subject_id
        when 'INCOME_REVERSAL' then subject_type = 'income' and key = 'income-end:' || subject_id
        when 'INCOME_LOSS' then subject_type = 'income' and key = 'loss:' || subject_id
        when 'CREATOR_FEE_REVERSAL' then subject_type = 'work' and key = 'fee-end:' || ends_transfer_id
        else false end) is not true`,
  },
  {
    invariant: "an ending has the amount, the user and the subject of what it ends",
    breaches: sql`
      select format('user %s: %s of %s for the %s %s ends %s', coalesce(e.debit_user_id, e.credit_user_id),
        e.type, e.amount, e.subject_type, e.subject_id,
        case when s.id is null then 'nothing' else format('%s of %s of user %s for the %s %s',
          s.type, s.amount, coalesce(s.debit_user_id, s.credit_user_id), s.subject_type, s.subject_id) end) as detail
      from ledger_transfers e left join ledger_transfers s on s.id = e.ends_transfer_id
      where e.ends_transfer_id is not null and (
        s.id is null or (e.amount, e.asset) is distinct from (s.amount, s.asset)
        or e.subject_type is distinct from case when ${endsIncome} then 'income' else s.subject_type end
        or e.subject_id is distinct from case when ${endsIncome} then s.id else s.subject_id end
        or (e.type not in ('INCOME_LOSS', 'CREATOR_FEE_REVERSAL') and coalesce(s.debit_user_id, s.credit_user_id)
          is distinct from coalesce(e.debit_user_id, e.credit_user_id))
        or e.debit_user_id <> e.credit_user_id
        or s.type::text <> all ((case e.type
          when 'GEN_SETTLE' then '{GEN_HOLD}' when 'GEN_REFUND' then '{GEN_HOLD}'
          when 'DOWNLOAD_REFUND' then '{DOWNLOAD_SPEND}' when 'TIP_REFUND' then '{TIP_SPEND}'
          when 'PROMPT_UNLOCK_REFUND' then '{PROMPT_UNLOCK_SPEND}' when 'REMIX_SETTLE' then '{REMIX_HOLD}'
          when 'REMIX_REFUND' then case e.debit_account when 'HELD' then '{REMIX_HOLD}' else '{REMIX_SETTLE}' end
          when 'INCOME_RELEASE' then '{TIP_INCOME,PROMPT_UNLOCK_INCOME,REMIX_INCOME}'
          when 'INCOME_REVERSAL' then '{TIP_INCOME,PROMPT_UNLOCK_INCOME,REMIX_INCOME}'
          when 'INCOME_LOSS' then '{INCOME_RELEASE}' when 'CREATOR_FEE_REVERSAL' then '{CREATOR_FEE}'
          else '{}' end)::text[])
        or (e.key like 'reverse:%' and e.key <> 'reverse:' || s.key)
      )`,
  },
  {
    invariant: "a transfer is ended once",
    breaches: sql`
      select format('user %s: %s for the %s %s is ended %s times',
        s.debit_user_id, s.type, s.subject_type, s.subject_id, count(*)) as detail
      from ledger_transfers e join ledger_transfers s on s.id = e.ends_transfer_id
      group by s.id having count(*) > 1`,
  },
  {
    // An hour of tolerance: the database's clock may have been set back.
    invariant: "a user's transfers are dated in their order, and none in the future",
    breaches: sql`
      with dated as (
        select id, type, coalesce(debit_user_id, credit_user_id) as user_id, created_at,
          lag(created_at) over (partition by coalesce(debit_user_id, credit_user_id)
            order by coalesce(debit_sequence, credit_sequence)) as earlier
        from ledger_transfers
      )
      select format('user %s: %s %s is of %s, the one before it of %s', user_id, type, id, created_at, earlier) as detail
      from dated where created_at < earlier - interval '1 hour' or created_at > now() + interval '1 hour'`,
  },
  {
    invariant: "the ledger can only be added to",
    breaches: sql`
      select 'the trigger ledger_transfers_append_only is missing or disabled' as detail
      where not exists (
        select from pg_trigger where tgrelid = 'ledger_transfers'::regclass
          and tgname = 'ledger_transfers_append_only' and tgenabled in ('O', 'A')
      )`,
  },
];
