import { sql } from "drizzle-orm";
import type { Check } from "../../platform/db/checks.js";

export const projectChecks: Check[] = [
  {
    invariant: "every project is a user's",
    breaches: sql`
      select format('user %s is not there, and has the project %s', p.user_id, p.id) as detail
      from projects p where not exists (select from users u where u.id = p.user_id)`,
  },
];
