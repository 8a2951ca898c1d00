import { sql } from "drizzle-orm";
import type { Check } from "../../platform/db/checks.js";
import { paymentChecks } from "./payments/payments.checks.js";

const countCheck = (column: string, table: string): Check => ({
  invariant: `a work's ${column} are its rows, without those of the author and of suspended users`,
  breaches: sql`
    select format('work %s counts %s ${sql.raw(column)}, its rows are %s', s.work_id,
      s.${sql.raw(column)} + coalesce(d.waiting, 0), coalesce(r.rows, 0)) as detail
    from work_stats s
    left join (select work_id, sum(${sql.raw(column)}) as waiting from work_stat_deltas group by 1) d
      on d.work_id = s.work_id
    left join (
      select r.work_id, count(*) as rows from ${sql.raw(table)} r
      join works w on w.id = r.work_id and w.user_id <> r.user_id
      join users u on u.id = r.user_id ${sql.raw(column === "views" ? "" : "and u.banned_at is null")}
      group by 1
    ) r on r.work_id = s.work_id
    where s.${sql.raw(column)} + coalesce(d.waiting, 0) <> coalesce(r.rows, 0)`,
});

/** Works against their videos, and counts against the rows that they count. */
export const workChecks: Check[] = [
  ...paymentChecks,
  countCheck("likes", "work_likes"),
  countCheck("favorites", "work_favorites"),
  countCheck("shares", "work_shares"),
  countCheck("views", "work_views"),
  {
    invariant: "a work has counts",
    breaches: sql`
      select format('work %s has no row of counts', w.id) as detail
      from works w left join work_stats s on s.work_id = w.id where s.work_id is null`,
  },
  {
    invariant: "a work is of its author's video, and deleted if and only if the video is",
    breaches: sql`
      select format('work %s of user %s is of the video %s of user %s; deleted: %s, %s', w.id, w.user_id, v.id,
        v.user_id, w.deleted_at is not null, v.deleted_at is not null) as detail
      from works w join videos v on v.id = w.video_id
      where w.user_id <> v.user_id or w.task_id <> v.task_id or (w.deleted_at is null) <> (v.deleted_at is null)`,
  },
  {
    invariant: "a work is in the feeds if and only if it is published",
    breaches: sql`
      select format('work %s is %s%s and has the score %s', w.id, w.status,
        case when w.deleted_at is null then '' else ' and deleted' end, s.discover_score) as detail
      from works w join work_stats s on s.work_id = w.id
      where (w.status = 'PUBLISHED' and w.deleted_at is null) <> (s.discover_score is not null)
        or s.published_at <> w.published_at`,
  },
];
