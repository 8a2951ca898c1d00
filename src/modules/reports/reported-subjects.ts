import { sql } from "drizzle-orm";
import type { Db } from "../../platform/db/index.js";
import { userPrefix } from "../accounts/index.js";
import { workPrefix } from "../works/index.js";
import { reportPrefix } from "./reports.ids.js";

/** For operators. Ids are public. */
export interface ReportedSubject {
  id: string;
  /** `status` of a work, deleted, suspended or active. */
  state: string;
  /** The work's author. Null for a user. */
  authorId: string | null;
  /** Different users. */
  reporters: number;
  reports: number;
  open: number;
  /** The most frequent first. */
  reasons: { reason: string; count: number }[];
  /** The newest reports, newest first. */
  newest: ListedReport[];
}

interface ListedReport {
  id: string;
  reporterId: string;
  reason: string;
  note: string;
  receivedAt: Date;
  /** The subject's words at that time. */
  subjectState: string;
  closedAt: Date | null;
  closingNote: string | null;
}

type SubjectRow = {
  subject_type: "work" | "user";
  subject_id: string;
  state: string;
  author_id: string | null;
  reporters: number;
  reports: number;
  open: number;
  reasons: Record<string, number>;
  newest: ReportJson[];
};

interface ReportJson {
  id: string;
  reporter_id: string;
  reason: string;
  note: string;
  received_at: string;
  subject_state: string;
  closed_at: string | null;
  closing_note: string | null;
}

/** The subjects with the most reporters first, then those reported most recently. */
export async function listReportedSubjects(
  db: Db,
  { openOnly, subjectsMax, reportsMax }: { openOnly: boolean; subjectsMax: number; reportsMax: number },
): Promise<ReportedSubject[]> {
  const isListed = openOnly ? sql`r.closed_at is null` : sql`true`;
  const rows = await db.execute<SubjectRow>(sql`
    with subjects as (
      select r.subject_type, r.subject_id, count(distinct r.reporter_id)::int as reporters, count(*)::int as reports,
        count(*) filter (where r.closed_at is null)::int as open, max(r.received_at) as newest_at
      from reports r where ${isListed} group by 1, 2
      order by reporters desc, newest_at desc, r.subject_id limit ${subjectsMax}),
    listed as materialized (
      select r.*, row_number() over (partition by subject_type, subject_id order by r.received_at desc, r.id desc) as place
      from reports r join subjects using (subject_type, subject_id) where ${isListed}),
    reasons as (
      select subject_type, subject_id, jsonb_object_agg(reason, reports) as reasons
      from (select subject_type, subject_id, reason, count(*) as reports from listed group by 1, 2, 3) counted
      group by 1, 2),
    newest as (
      select subject_type, subject_id, jsonb_agg(to_jsonb(listed) order by place) as newest
      from listed where place <= ${reportsMax} group by 1, 2)
    select subject_type, subject_id, reporters, reports, open, reasons, newest, w.user_id as author_id,
      case when w.deleted_at is not null then 'deleted' when w.id is not null then w.status::text
        when u.banned_at is not null then 'suspended' else 'active' end as state
    from subjects join reasons using (subject_type, subject_id) join newest using (subject_type, subject_id)
    left join works w on subject_type = 'work' and w.id = subject_id
    left join users u on subject_type = 'user' and u.id = subject_id
    order by reporters desc, newest_at desc, subject_id`);
  return rows.map(toSubject);
}

function toSubject(row: SubjectRow): ReportedSubject {
  const { state, reporters, reports, open } = row;
  const prefix = row.subject_type === "work" ? workPrefix : userPrefix;
  return {
    ...{ id: prefix.toPublicId(row.subject_id), state, reporters, reports, open },
    authorId: row.author_id && userPrefix.toPublicId(row.author_id),
    reasons: Object.entries(row.reasons)
      .map(([reason, count]) => ({ reason, count }))
      .sort((a, b) => b.count - a.count || a.reason.localeCompare(b.reason)),
    newest: row.newest.map(toReport),
  };
}

function toReport(json: ReportJson): ListedReport {
  return {
    id: reportPrefix.toPublicId(json.id),
    reporterId: userPrefix.toPublicId(json.reporter_id),
    ...{ reason: json.reason, note: json.note, subjectState: json.subject_state },
    receivedAt: new Date(json.received_at),
    closedAt: json.closed_at === null ? null : new Date(json.closed_at),
    closingNote: json.closing_note,
  };
}
