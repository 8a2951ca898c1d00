import { sql } from "drizzle-orm";
import type { Check } from "../../platform/db/checks.js";

/** Fees of remixes against the ledger. */
export const remixFeeChecks: Check[] = [
  {
    invariant: "a remix has a hold of its fee, if there is one, of its own user",
    breaches: sql`
      select format('task %s (fee %s of user %s): hold %s', coalesce(t.id::text, h.subject_id::text), t.remix_fee_credits,
        t.user_id, case when h.id is null then 'missing' else format('of %s of user %s', h.amount, h.debit_user_id) end) as detail
      from (select * from tasks where remix_fee_credits > 0) t
      full join (select * from ledger_transfers where type = 'REMIX_HOLD') h on h.key = 'remix-hold:' || t.id
      where t.id is null or h.id is null or h.amount <> t.remix_fee_credits or h.debit_user_id <> t.user_id`,
  },
  {
    invariant:
      "the fee of a remix ends with its task: it is paid or returned after SUCCESS, and returned otherwise",
    breaches: sql`
      select format('task %s is %s, its fee %s', t.id, t.status,
        case when e.id is null then 'is held' else 'was ended by ' || e.type end) as detail
      from tasks t join ledger_transfers h on h.key = 'remix-hold:' || t.id
      left join ledger_transfers e on e.ends_transfer_id = h.id
      where (t.finished_at is null) <> (e.id is null) or (t.status <> 'SUCCESS' and e.type = 'REMIX_SETTLE')`,
  },
];

/** Tasks against the ledger. */
export const taskMoneyChecks: Check[] = [
  {
    invariant: "every task has exactly one hold, of its own price and user",
    breaches: sql`
      select format('task %s (%s credits of user %s): hold %s', t.id, t.cost_credits, t.user_id,
        case when h.id is null then 'missing' else format('of %s of user %s', h.amount, h.debit_user_id) end) as detail
      from tasks t left join ledger_transfers h on h.key = 'hold:' || t.id
      where h.id is null or h.amount <> t.cost_credits or h.debit_user_id <> t.user_id`,
  },
  {
    invariant:
      "a task that has not ended has an open hold; one that has ended has exactly one settle or refund",
    breaches: sql`
      select format('task %s is %s, its hold %s', t.id, t.status,
        case when e.id is null then 'is open' else 'was ended by ' || e.type end) as detail
      from tasks t
      join ledger_transfers h on h.key = 'hold:' || t.id
      left join ledger_transfers e on e.ends_transfer_id = h.id
      where (case t.status when 'SUCCESS' then 'GEN_SETTLE' when 'FAILURE' then 'GEN_REFUND'
        when 'CANCELED' then 'GEN_REFUND' end) is distinct from e.type::text`,
  },
  ...remixFeeChecks,
  {
    invariant: "every hold is a task's",
    breaches: sql`
      select format('user %s: %s credits are held for the task %s, which is not there',
        h.debit_user_id, h.amount, coalesce(h.subject_id::text, h.key)) as detail
      from ledger_transfers h
      where h.type = 'GEN_HOLD' and not exists (select from tasks t where h.key = 'hold:' || t.id)`,
  },
];
