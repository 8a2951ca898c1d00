import { sql } from "drizzle-orm";
import type { Check } from "../../platform/db/checks.js";

export const mediaChecks: Check[] = [
  {
    invariant: "every image is a user's",
    breaches: sql`
      select format('user %s is not there, and has the image %s', m.user_id, m.id) as detail
      from media m where not exists (select from users u where u.id = m.user_id)`,
  },
  {
    invariant: "an avatar is an image of its user",
    breaches: sql`
      select format('user %s shows the image %s of user %s', u.id, m.id, m.user_id) as detail
      from users u join media m on m.id = u.avatar_media_id where m.user_id <> u.id`,
  },
];
