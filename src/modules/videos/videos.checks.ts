import { sql } from "drizzle-orm";
import type { Check } from "../../platform/db/checks.js";

/** Videos against their tasks and owners, and what was paid for them. */
export const videoChecks: Check[] = [
  {
    invariant: "a task is SUCCESS if and only if its video exists",
    breaches: sql`
      select format('task %s is %s and %s a video', t.id, t.status,
        case when v.id is null then 'has not' else 'has' end) as detail
      from tasks t left join videos v on v.task_id = t.id
      where (t.status = 'SUCCESS') <> (v.id is not null)`,
  },
  {
    invariant: "a video is as its task ordered it, and the same user's",
    breaches: sql`
      select format('video %s (user %s, %s s, %s) is of the task %s (%s)', v.id, v.user_id, v.duration_sec, v.ratio,
        v.task_id, case when t.id is null then 'which is not there'
          else format('user %s, %s s, %s', t.user_id, t.duration_sec, t.ratio) end) as detail
      from videos v left join tasks t on t.id = v.task_id
      where (v.user_id, v.duration_sec, v.ratio) is distinct from (t.user_id, t.duration_sec, t.ratio)`,
  },
  {
    invariant: "a task makes one video",
    breaches: sql`
      select format('task %s has %s videos', task_id, count(*)) as detail
      from videos group by task_id having count(*) > 1`,
  },
  {
    invariant: "a video is in a project of its own user",
    breaches: sql`
      select format('video %s of user %s is in the project %s, %s', v.id, v.user_id, v.project_id,
        coalesce('of user ' || p.user_id, 'which is not there')) as detail
      from videos v left join projects p on p.id = v.project_id
      where v.project_id is not null and p.user_id is distinct from v.user_id`,
  },
  {
    invariant: "a video is in its task's project",
    breaches: sql`
      select format('video %s is in %s, its task %s in %s', v.id, coalesce('the project ' || v.project_id, 'no project'),
        t.id, coalesce('the project ' || t.project_id, 'no project')) as detail
      from videos v join tasks t on t.id = v.task_id
      where v.deleted_at is null and v.project_id is distinct from t.project_id`,
  },
  {
    // The sweep would discard its files as those of a worker that died.
    invariant: "no file of a finished video is still being written",
    breaches: sql`
      select format('video %s has the files of the ingest %s, which is under way', v.id, i.id) as detail
      from video_ingests i join videos v on v.ingest_id = i.id`,
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
  {
    invariant: "a download is paid for a video of the payer's own",
    breaches: sql`
      select format('user %s paid for the video %s, %s', s.debit_user_id, s.subject_id,
        coalesce('of user ' || v.user_id, 'which is not there')) as detail
      from ledger_transfers s left join videos v on v.id = s.subject_id
      where s.type = 'DOWNLOAD_SPEND' and v.user_id is distinct from s.debit_user_id`,
  },
  {
    invariant: "the idempotency key of a download leads to its charge",
    breaches: sql`
      select format('user %s, key %s: the charge is %s', k.user_id, k.key,
        case when s.id is null then 'not there' when r.id is null then 'of user ' || s.debit_user_id
          else 'given back' end) as detail
      from idempotency_keys k
      left join ledger_transfers s on s.key = k.result->>'spendKey' and s.type = 'DOWNLOAD_SPEND'
      left join ledger_transfers r on r.ends_transfer_id = s.id
      where k.mutation = 'downloadNoWatermark'
        and (s.debit_user_id is distinct from k.user_id or r.id is not null)`,
  },
];
