import { sql } from "drizzle-orm";
import type { Check } from "../../platform/db/checks.js";
import { ledgerTransfers, transferShape } from "./wallet.tables.js";

const uuid = sql.raw("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

/** Each transfer by itself, and against the one that it ends. */
export const transferChecks: Check[] = [
  {
    invariant: "a transfer has the accounts, the asset and the parts of its type",
    breaches: sql`
      select format('user %s: transfer %s is a %s of %s %s from %s to %s',
        coalesce(debit_user_id, credit_user_id), id, type, amount, asset, debit_account, credit_account) as detail
      from ${ledgerTransfers}
      where not (${transferShape}) or asset <> 'CREDIT' or amount < 1`,
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
        else true end) is not true`,
  },
  {
    invariant: "an ending has the amount, the user and the subject of what it ends",
    breaches: sql`
      select format('user %s: %s of %s for the %s %s ends %s', coalesce(e.debit_user_id, e.credit_user_id),
        e.type, e.amount, e.subject_type, e.subject_id,
        case when s.id is null then 'nothing' else format('%s of %s of user %s for the %s %s',
          s.type, s.amount, s.debit_user_id, s.subject_type, s.subject_id) end) as detail
      from ledger_transfers e left join ledger_transfers s on s.id = e.ends_transfer_id
      where e.ends_transfer_id is not null and (
        s.id is null or (e.amount, e.asset, e.subject_type, e.subject_id)
          is distinct from (s.amount, s.asset, s.subject_type, s.subject_id)
        or s.debit_user_id is distinct from coalesce(e.debit_user_id, e.credit_user_id)
        or e.debit_user_id <> e.credit_user_id
        or s.type <> (case when e.type = 'DOWNLOAD_REFUND' then 'DOWNLOAD_SPEND' else 'GEN_HOLD' end)::ledger_transfer_type
        or (e.type = 'DOWNLOAD_REFUND' and e.key <> 'reverse:' || s.key)
      )`,
  },
  {
    invariant: "a hold or a spend is ended once",
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
