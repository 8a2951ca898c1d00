import { type SQL, sql } from "drizzle-orm";
import type { Queryable } from "../../platform/db.js";
import type { Breach } from "../wallet/index.js";

/** Every task against the ledger. Each check returns one row for every breach. */
const checks: { invariant: string; breaches: SQL }[] = [
  {
    invariant: "every task has exactly one hold, of its own price and user",
    breaches: sql`
      select format('task %s (%s credits): hold %s', t.id, t.cost_credits, coalesce(h.amount::text, 'missing')) as detail
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
      where (case when t.status = 'SUCCESS' then 'GEN_SETTLE' when t.finished_at is not null then 'GEN_REFUND' end)
        is distinct from e.type::text`,
  },
  {
    invariant: "every hold is some task's",
    breaches: sql`
      select format('hold %s', h.key) as detail from ledger_transfers h
      where h.type = 'GEN_HOLD' and not exists (select from tasks t where h.key = 'hold:' || t.id)`,
  },
  {
    invariant: "a task is SUCCESS if and only if its video exists",
    breaches: sql`
      select format('task %s is %s and %s a video', t.id, t.status,
        case when v.id is null then 'has not' else 'has' end) as detail
      from tasks t left join videos v on v.task_id = t.id
      where (t.status = 'SUCCESS') <> (v.id is not null)`,
  },
  {
    invariant: "every paid download is counted",
    breaches: sql`
      select format('video %s: %s counted, %s paid', v.id, v.download_count, coalesce(p.paid, 0)) as detail
      from videos v left join (
        select s.subject_id, count(*) - count(r.id) as paid
        from ledger_transfers s left join ledger_transfers r on r.ends_transfer_id = s.id
        where s.type = 'DOWNLOAD_SPEND' group by s.subject_id
      ) p on p.subject_id = v.id
      where v.download_count <> coalesce(p.paid, 0)`,
  },
];

/** Proves that tasks, videos and the ledger tell the same story. An empty list means all is well. */
export async function auditTasks(db: Queryable): Promise<Breach[]> {
  const found: Breach[] = [];
  for (const { invariant, breaches } of checks) {
    const rows = await db.execute<{ detail: string }>(breaches);
    found.push(...rows.map(({ detail }) => ({ invariant, detail })));
  }
  return found;
}
