import { sql } from "drizzle-orm";
import type { Check } from "../../platform/db/checks.js";
import { failureCodes } from "./tasks.errors.js";

/** Tasks by themselves, and the rows that point to them. */
export const taskStateChecks: Check[] = [
  {
    invariant: "a task's status, end, progress and failure fit together",
    breaches: sql`
      select format('task %s is %s, ended at %s, at %s %%, failure %s', id, status,
        coalesce(finished_at::text, 'no time'), progress, coalesce(failure_code, 'none')) as detail
      from tasks
      where (status in ('SUCCESS', 'FAILURE', 'CANCELED')) <> (finished_at is not null)
        or (status = 'FAILURE') <> (failure_code is not null)
        or failure_code not in ${sql.raw(`('${failureCodes.join("', '")}')`)}
        or (status = 'SUCCESS' and progress <> 100) or (finished_at is null and progress = 100)
          or progress not between 0 and 100
        or (status in ('QUEUED', 'IN_PROGRESS', 'SUCCESS') and submitted_at is null) or revision < 1`,
  },
  {
    // A day of patience: some of these times are the servers' own, whose clocks differ.
    invariant: "a task's times are in order, and none in the future",
    breaches: sql`
      select format('task %s: created %s, submitted %s, started %s, finished %s', id,
        created_at, submitted_at, started_at, finished_at) as detail
      from tasks
      where least(submitted_at, started_at, finished_at) < created_at - interval '1 day'
        or greatest(created_at, submitted_at, started_at, finished_at) > now() + interval '1 day'`,
  },
  {
    invariant: "a task is in a project of its own user",
    breaches: sql`
      select format('task %s of user %s is in the project %s, %s', t.id, t.user_id, t.project_id,
        coalesce('of user ' || p.user_id, 'which is not there')) as detail
      from tasks t left join projects p on p.id = t.project_id
      where t.project_id is not null and p.user_id is distinct from t.user_id`,
  },
  {
    invariant: "a task's reference image is its own user's",
    breaches: sql`
      select format('task %s of user %s is made from the image %s, %s', t.id, t.user_id, t.reference_image_id,
        coalesce('of user ' || m.user_id, 'which is not there')) as detail
      from tasks t left join media m on m.id = t.reference_image_id
      where t.reference_image_id is not null and m.user_id is distinct from t.user_id`,
  },
  {
    invariant: "every task is a user's",
    breaches: sql`
      select format('task %s is of the user %s, who is not there', t.id, t.user_id) as detail
      from tasks t where not exists (select from users u where u.id = t.user_id)`,
  },
  {
    invariant: "the tasks of a batch are one user's",
    breaches: sql`
      select format('task %s of user %s and task %s of user %s are of the batch %s', (array_agg(id order by user_id, id))[1],
        min(user_id::text), (array_agg(id order by user_id desc, id))[1], max(user_id::text), batch_id) as detail
      from tasks where batch_id is not null
      group by batch_id having min(user_id::text) <> max(user_id::text)`,
  },
  {
    invariant: "a task that is listed as new is there and has not ended long ago",
    breaches: sql`
      select format('task %s is %s', n.task_id, coalesce(t.status::text, 'not there')) as detail
      from new_tasks n left join tasks t on t.id = n.task_id
      where t.id is null or t.status = 'SUCCESS' or t.finished_at < now() - interval '1 hour'`,
  },
  {
    invariant: "the idempotency key of a call that made tasks leads to its user's tasks",
    breaches: sql`
      select format('user %s, key %s of %s: %s', k.user_id, k.key, k.mutation,
        coalesce('task ' || made.id || coalesce(' is of user ' || t.user_id, ' is not there'), 'no task')) as detail
      from idempotency_keys k
      left join lateral jsonb_array_elements_text(
        case when jsonb_typeof(k.result) = 'array' then k.result else '[]' end) made (id) on true
      left join tasks t on t.id::text = made.id
      where k.mutation in ('createTask', 'createTasks', 'retryTask') and t.user_id is distinct from k.user_id`,
  },
];

/** A finished video may be fetched for half an hour after the deadline; beyond that nothing should wait. */
const longPast = sql`interval '1 hour'`;

export function deadlineChecks({ taskTimeoutMs }: { taskTimeoutMs: number }): Check[] {
  const timeout = sql.raw(String(taskTimeoutMs));
  return [
    {
      invariant: "no task is unfinished long after its deadline",
      breaches: sql`
        select format('task %s is %s since %s', id, status, created_at) as detail
        from tasks where finished_at is null and status not in ('SUCCESS', 'FAILURE', 'CANCELED')
          and created_at < now() - ${timeout} * interval '1 millisecond' - ${longPast}`,
    },
    {
      invariant: "the sweep finds every unfinished task around its deadline",
      breaches: sql`
        select format('task %s of %s is next checked at %s', id, created_at, next_check_at) as detail
        from tasks where finished_at is null
          and next_check_at > greatest(now(), created_at + ${timeout} * interval '1 millisecond') + interval '1 day'`,
    },
  ];
}
