import { sql } from "drizzle-orm";
import type { Db } from "../../src/platform/db/index.js";

/**
 * Users who were each granted 1000 credits and then had tasks of 10 credits, every other one refunded, three
 * days ago. It writes rows as every version of the tables has had them.
 */
export async function longHistory(db: Db, size: { users: number; tasksOfEach: number }): Promise<void> {
  const statements = [
    sql`insert into users (id, phone, nickname, created_at)
      select id, '+1500' || lpad(u::text, 7, '0'), 'user ' || u, at from owners`,
    sql`insert into wallets (user_id, credits_free, sequence) select id, 1000 - 10 * ((m + 1) / 2), 1 + 2 * m from owners`,
    sql`insert into ledger_transfers (id, key, type, asset, amount, debit_account,
        credit_account, credit_user_id, credit_balance_after, credit_sequence, reason, created_at)
      select md5('grant' || u)::uuid, 'signup:' || id, 'GRANT', 'CREDIT', 1000, 'ISSUANCE', 'FREE', id, 1000, 1, 'signup', at
      from owners`,
    sql`insert into tasks (id, user_id, prompt, duration_sec, ratio, model, hd, status, progress, cost_credits,
        failure_code, created_at, submitted_at, finished_at)
      select task_id, id, 'a cat', 10, 'RATIO_9_16', 'sora2', false, (case when made then 'SUCCESS' else 'FAILURE' end)::task_status,
        case when made then 100 else 0 end, 10, case when made then null else 'TIMEOUT' end, at, at, ended_at from orders`,
    sql`insert into task_attempts (id, task_id, vendor, vendor_model, outcome, sender_id, vendor_task_id, sent, started_at, ended_at)
      select md5('attempt' || task_id)::uuid, task_id, 'old', 'old', 'ACCEPTED', 1, task_id::text, '{}', at, at from orders`,
    sql`insert into videos (id, user_id, task_id, duration_sec, ratio, width, height, byte_size, sha256, created_at)
      select task_id, id, task_id, 10, 'RATIO_9_16', 720, 1280, 1000, repeat('0', 64), ended_at from orders where made`,
    sql`insert into ledger_transfers (id, key, type, asset, amount, debit_account, debit_user_id, debit_balance_after,
        debit_sequence, credit_account, credit_user_id, credit_balance_after, credit_sequence, subject_type, subject_id, created_at)
      select md5('hold' || task_id)::uuid, 'hold:' || task_id, 'GEN_HOLD', 'CREDIT', 10, 'FREE', id, free - 10,
        2 * n, 'HELD', id, 10, 2 * n, 'task', task_id, at from orders`,
    sql`insert into ledger_transfers (id, key, type, asset, amount, debit_account, debit_user_id, debit_balance_after,
        debit_sequence, credit_account, credit_user_id, credit_balance_after, credit_sequence, subject_type, subject_id,
        ends_transfer_id, created_at)
      select md5('end' || task_id)::uuid, 'end:' || task_id,
        (case when made then 'GEN_SETTLE' else 'GEN_REFUND' end)::ledger_transfer_type, 'CREDIT', 10, 'HELD', id, 0, 2 * n + 1,
        (case when made then 'REVENUE' else 'FREE' end)::ledger_account, case when not made then id end,
        case when not made then free end, case when not made then 2 * n + 1 end, 'task', task_id,
        md5('hold' || task_id)::uuid, ended_at from orders`,
  ];
  for (const statement of statements) {
    await db.execute(sql`
      with owners as (
        select u, md5('user' || u)::uuid as id, now() - interval '3 days' as at, ${size.tasksOfEach}::int as m
        from generate_series(1, ${size.users}::int) u
      ),
      orders as (
        select id, n, md5(id::text || n)::uuid as task_id, n % 2 = 1 as made, 1000 - 10 * (n / 2) as free,
          at + n * interval '1 minute' as at, at + n * interval '1 minute' + interval '30 seconds' as ended_at
        from owners, generate_series(1, m) n
      )
      ${statement}`);
  }
}
