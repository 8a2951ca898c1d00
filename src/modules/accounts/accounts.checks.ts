import { sql } from "drizzle-orm";
import type { Check } from "../../platform/db/checks.js";

export const accountChecks: Check[] = [
  {
    invariant: "every session is a user's",
    breaches: sql`
      select format('user %s is not there, and has the session %s', s.user_id, s.id) as detail
      from sessions s where not exists (select from users u where u.id = s.user_id)`,
  },
  {
    invariant: "a banned user has no session",
    breaches: sql`
      select format('user %s, banned at %s, has the session %s', u.id, u.banned_at, s.id) as detail
      from users u join sessions s on s.user_id = u.id
      where u.banned_at is not null and s.ended_at is null and s.expires_at > now()`,
  },
];
