import { sql } from "drizzle-orm";
import type { Check } from "../../platform/db/checks.js";

export const reportChecks: Check[] = [
  {
    invariant: "a report is of a work or user that exists, and not of the reporter's own",
    breaches: sql`
      select format('report %s by user %s is of the %s %s of user %s', r.id, r.reporter_id, r.subject_type,
        r.subject_id, coalesce(w.user_id, u.id)::text) as detail
      from reports r
      left join works w on r.subject_type = 'work' and w.id = r.subject_id
      left join users u on r.subject_type = 'user' and u.id = r.subject_id
      where coalesce(w.user_id, u.id) is null or coalesce(w.user_id, u.id) = r.reporter_id`,
  },
];
