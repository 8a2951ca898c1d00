import { sql } from "drizzle-orm";
import type { Tx } from "../../../platform/db/index.js";
import { newUuid } from "../../../platform/ids/ids.js";
import { WalletFull } from "../wallet.errors.js";
import { isUnused, NothingPosted, post } from "./posting.js";
import { creditsMax, type PostResult } from "./transfers.js";

/** Creates an empty wallet. Idempotent. */
export async function openWallet(tx: Tx, userId: string): Promise<void> {
  await tx.execute(sql`insert into wallets (user_id) values (${userId}) on conflict do nothing`);
}

/** Credits from the platform to a user. Throws WalletFull. */
export async function grant(
  tx: Tx,
  { userId, credits, reason, key }: { userId: string; credits: number; reason: string; key: string },
): Promise<PostResult> {
  // Locked in a separate statement, so that the next one sees every spend of this wallet: an unseen spend
  // would have no room for its refund.
  const [wallet] = await tx.execute(sql`select from wallets where user_id = ${userId} for update`);
  const statement = sql`moved as (
      update wallets w set credits_free = w.credits_free + ${credits}, sequence = w.sequence + 1
      where w.user_id = ${userId} and ${isUnused(key)} and ${credits} <= ${creditsThatFit}
      returning w.user_id, w.credits_free as after, w.sequence
    )
    insert into ledger_transfers (id, key, type, asset, amount, debit_account,
      credit_account, credit_user_id, credit_balance_after, credit_sequence, reason)
    select ${newUuid()}::uuid, ${key}, 'GRANT', 'CREDIT', ${credits}, 'ISSUANCE',
      'FREE', user_id, after, sequence, ${reason} from moved`;
  return post(tx, key, statement).catch(async (error: unknown) => {
    if (!(error instanceof NothingPosted) || !wallet) throw error;
    const [room] = await tx.execute<{ fit: string }>(
      sql`select ${creditsThatFit} as fit from wallets w where w.user_id = ${userId}`,
    );
    throw new WalletFull(Number(room?.fit ?? 0));
  });
}

/**
 * The credits that still fit into the wallet `w`. A recent spend reserves its room, because its own call may
 * still reverse it. A hold reserves its room, because it counts as held.
 */
const creditsThatFit = sql`(${creditsMax} - w.credits_free - w.credits_held - (
    select coalesce(sum(s.amount), 0) from ledger_transfers s
    where s.debit_user_id = w.user_id and s.debit_account = 'FREE' and s.asset = 'CREDIT'
      and s.type = 'DOWNLOAD_SPEND' and s.created_at > clock_timestamp() - interval '5 minutes'
      and not exists (select from ledger_transfers r where r.ends_transfer_id = s.id)
  ))`;
