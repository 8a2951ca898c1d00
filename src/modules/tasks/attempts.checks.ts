import { sql } from "drizzle-orm";
import type { Check } from "../../platform/db/checks.js";

/** The attempts at vendors against the tasks that they were made for. */
export const attemptChecks: Check[] = [
  {
    invariant: "an attempt is a task's",
    breaches: sql`
      select format('task %s is not there, and has the attempt %s', a.task_id, a.id) as detail
      from task_attempts a where not exists (select from tasks t where t.id = a.task_id)`,
  },
  {
    invariant: "at most one attempt of a task can have reached a vendor",
    breaches: sql`
      select format('task %s has %s', task_id, count(*)) as detail
      from task_attempts where outcome <> 'THROTTLED' group by task_id having count(*) > 1`,
  },
  {
    invariant:
      "a task that a vendor has, or whose video was made, has an accepted attempt; a new one has none",
    breaches: sql`
      select format('task %s is %s and has %s', t.id, t.status,
        case when a.task_id is null then 'no accepted attempt' else 'an accepted attempt' end) as detail
      from tasks t left join (
        select distinct task_id from task_attempts where outcome = 'ACCEPTED' and vendor_task_id is not null
      ) a on a.task_id = t.id
      where (t.status in ('QUEUED', 'IN_PROGRESS', 'SUCCESS') and a.task_id is null)
        or (t.status = 'NOT_START' and a.task_id is not null)`,
  },
  {
    invariant: "a task whose attempt failed for good has ended",
    breaches: sql`
      select format('task %s is %s, and its attempt %s is %s', t.id, t.status, a.id, a.outcome) as detail
      from tasks t join task_attempts a on a.task_id = t.id
      where t.finished_at is null and a.outcome in ('REJECTED', 'REFUSED', 'UNKNOWN')`,
  },
  {
    invariant: "a vendor is asked again only about tasks that ended without a video",
    breaches: sql`
      select format('task %s is %s, its attempt %s %s', t.id, t.status, a.id,
        case when a.reconcile_at is null then 'a late success' else 'to be asked about again' end) as detail
      from task_attempts a join tasks t on t.id = a.task_id
      where (a.reconcile_at is not null or a.late_success_at is not null)
        and t.status not in ('FAILURE', 'CANCELED')`,
  },
  {
    invariant: "a vendor's id belongs to one attempt",
    breaches: sql`
      select format('task %s and task %s have the id %s at %s', min(task_id::text), max(task_id::text),
        vendor_task_id, vendor) as detail
      from task_attempts where vendor_task_id is not null
      group by vendor, vendor_task_id having count(*) > 1`,
  },
];
