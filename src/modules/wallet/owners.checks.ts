import { sql } from "drizzle-orm";
import type { Check } from "../../platform/db/checks.js";

/** Users and wallets belong together. The ledger itself knows no users. */
export const walletOwnerChecks: Check[] = [
  {
    invariant: "every user has a wallet",
    breaches: sql`
      select format('user %s has none', u.id) as detail
      from users u where not exists (select from wallets w where w.user_id = u.id)`,
  },
  {
    invariant: "every wallet is a user's",
    breaches: sql`
      select format('user %s is not there, and has a wallet with %s', w.user_id,
        row(w.credits_free, w.credits_held, w.coins_free, w.coins_pending)::text) as detail
      from wallets w where not exists (select from users u where u.id = w.user_id)`,
  },
];
