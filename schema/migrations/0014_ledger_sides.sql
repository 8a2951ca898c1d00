-- Each transfer twice, as seen from its debit and from its credit account. The account is a column and no
-- condition of the view: so the planner takes both halves apart and merges their indexes in order. The casts
-- take the domains off, since both halves must have the same types for that.
create view ledger_sides as
  select id, debit_account as account, debit_user_id as user_id, asset, type, -(amount::bigint) as amount,
    debit_balance_after::bigint as balance_after, debit_sequence as sequence,
    key, reason, subject_type, subject_id, created_at
  from ledger_transfers
  union all
  select id, credit_account, credit_user_id, asset, type, amount::bigint,
    credit_balance_after::bigint, credit_sequence,
    key, reason, subject_type, subject_id, created_at
  from ledger_transfers;
