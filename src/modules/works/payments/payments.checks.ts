import { sql } from "drizzle-orm";
import type { Check } from "../../../platform/db/checks.js";

const waiting = (column: string) =>
  sql.raw(`coalesce((select sum(${column}) from work_stat_deltas d
  where d.work_id = s.work_id), 0)`);

/** Tips, paid prompts and remixes against the ledger, and their counts. */
export const paymentChecks: Check[] = [
  {
    invariant: "every tip has one spend of its amount, and every such spend its tip; reversed together",
    breaches: sql`
      select format('tip %s of %s credits by user %s; its spend %s of %s by %s; reversed: %s, %s', coalesce(t.id::text, s.key),
        t.credits, t.user_id, s.id, s.amount, s.debit_user_id, t.reversed_at is not null, r.id is not null) as detail
      from tips t full join (select * from ledger_transfers where type = 'TIP_SPEND') s on s.id = t.id
      left join ledger_transfers r on r.ends_transfer_id = s.id
      where t.id is null or s.id is null or s.key <> 'tip:' || t.id or (t.reversed_at is null) <> (r.id is null)
        or (t.credits, t.user_id, t.work_id, t.created_at)
          is distinct from (s.amount::int, s.debit_user_id, s.subject_id, s.created_at)`,
  },
  {
    invariant:
      "every paid prompt has one spend of its price, and every such spend its row; reversed together",
    breaches: sql`
      select format('unlock %s of %s credits by user %s; its spend %s of %s by %s; reversed: %s, %s',
        coalesce(t.id::text, s.key), t.credits, t.user_id, s.id, s.amount, s.debit_user_id, t.reversed_at is not null,
        r.id is not null) as detail
      from prompt_unlocks t full join (select * from ledger_transfers where type = 'PROMPT_UNLOCK_SPEND') s on s.id = t.id
      left join ledger_transfers r on r.ends_transfer_id = s.id
      where t.id is null or s.id is null or s.key <> 'unlock:' || t.id or (t.reversed_at is null) <> (r.id is null)
        or (t.credits, t.user_id, t.work_id, t.created_at)
          is distinct from (s.amount::int, s.debit_user_id, s.subject_id, s.created_at)`,
  },
  {
    invariant: "every tip and paid prompt is for the author of its work, and not for its payer",
    breaches: sql`
      select format('%s %s by user %s for user %s: the work %s is of user %s', p.kind, p.id, p.user_id, p.author_id,
        p.work_id, w.user_id) as detail
      from (
        select 'tip' as kind, id, work_id, user_id, author_id from tips
        union all select 'unlock', id, work_id, user_id, author_id from prompt_unlocks
      ) p left join works w on w.id = p.work_id
      where w.user_id is distinct from p.author_id or p.user_id = p.author_id`,
  },
  {
    invariant: "a tip is one of the steps",
    breaches: sql`
      select format('tip %s of user %s is of %s credits', id, user_id, credits) as detail
      from tips where credits not in (10, 20, 50, 100)`,
  },
  {
    invariant: "a user has paid once for a prompt, unless the payment was reversed",
    breaches: sql`
      select format('user %s has paid %s times for the prompt of work %s', user_id, count(*), work_id) as detail
      from prompt_unlocks where reversed_at is null group by user_id, work_id having count(*) > 1`,
  },
  {
    invariant: "an income is of the work's author: the paid work's, or that of a level above it",
    breaches: sql`
      select format('income %s of user %s, level %s of work %s: the work %s is of user %s', i.id, i.user_id, i.level,
        i.work_id, i.earning_work_id, w.user_id) as detail
      from incomes i left join works w on w.id = i.earning_work_id
      left join work_lineage l on l.work_id = i.work_id and l.level = i.level and l.source_id = i.earning_work_id
      where w.user_id is distinct from i.user_id
        or (i.level = 0) <> (i.earning_work_id = i.work_id) or (i.level > 0 and l.work_id is null)`,
  },
  {
    invariant: "a user's tips for a work are summed up without the reversed ones",
    breaches: sql`
      select format('user %s, work %s: %s tips of %s credits summed up, %s of %s there', coalesce(s.user_id, t.user_id),
        coalesce(s.work_id, t.work_id), s.tips, s.credits, t.tips, t.credits) as detail
      from work_tippers s full join (
        select work_id, user_id, count(*) as tips, sum(credits) as credits from tips where reversed_at is null group by 1, 2
      ) t on t.work_id = s.work_id and t.user_id = s.user_id
      where (coalesce(s.tips, 0), coalesce(s.credits, 0)) is distinct from (coalesce(t.tips, 0), coalesce(t.credits, 0))`,
  },
  {
    invariant: "a work's tips are those of users who are not suspended",
    breaches: sql`
      select format('work %s counts %s tips of %s users, %s credits; there are %s of %s, %s', s.work_id,
        s.tips + ${waiting("tips")}, s.tippers + ${waiting("tippers")}, s.tipped_credits + ${waiting("tipped_credits")},
        coalesce(t.tips, 0), coalesce(t.tippers, 0), coalesce(t.credits, 0)) as detail
      from work_stats s left join (
        select t.work_id, sum(t.tips) as tips, count(*) filter (where t.tips > 0) as tippers, sum(t.credits) as credits
        from work_tippers t join users u on u.id = t.user_id and u.banned_at is null group by 1
      ) t on t.work_id = s.work_id
      where (s.tips + ${waiting("tips")}, s.tippers + ${waiting("tippers")}, s.tipped_credits + ${waiting("tipped_credits")})
        is distinct from (coalesce(t.tips, 0), coalesce(t.tippers, 0), coalesce(t.credits, 0))`,
  },
  {
    invariant: "a work's remixes are the published ones by other users who are not suspended",
    breaches: sql`
      select format('work %s counts %s remixes, there are %s', s.work_id, s.remixes + ${waiting("remixes")},
        coalesce(r.remixes, 0)) as detail
      from work_stats s left join (
        select source.id, count(*) as remixes from works w join works source on source.id = w.remix_of
        join users u on u.id = w.user_id and u.banned_at is null
        where w.user_id <> source.user_id and w.status = 'PUBLISHED' and w.deleted_at is null group by 1
      ) r on r.id = s.work_id
      where s.remixes + ${waiting("remixes")} <> coalesce(r.remixes, 0)`,
  },
  {
    invariant: "a work is of the source that its task was made from, and its lineage begins there",
    breaches: sql`
      select format('work %s is a remix of %s, its task of %s, its lineage begins with %s', w.id, w.remix_of, t.remix_of,
        l.source_id) as detail
      from works w join tasks t on t.id = w.task_id
      left join work_lineage l on l.work_id = w.id and l.level = 1
      where w.remix_of is distinct from t.remix_of or l.source_id is distinct from w.remix_of`,
  },
];
