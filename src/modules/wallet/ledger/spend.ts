import { sql } from "drizzle-orm";
import type { Tx } from "../../../platform/db/index.js";
import { newUuid } from "../../../platform/ids/ids.js";
import { explainRefusal, noLimits } from "./hold-limits.js";
import { isUnused, NothingPosted, post } from "./posting.js";
import type { PostResult, Subject } from "./transfers.js";

/** Takes credits for good. Throws InsufficientCredits. */
export async function spend(
  tx: Tx,
  spend: { userId: string; credits: number; type: "DOWNLOAD_SPEND"; subject: Subject; key: string },
): Promise<PostResult> {
  const { userId, credits, type, subject, key } = spend;
  const statement = sql`moved as (
      update wallets w set credits_free = w.credits_free - ${credits}, sequence = w.sequence + 1
      where w.user_id = ${userId} and w.credits_free >= ${credits} and ${isUnused(key)}
      returning w.user_id, w.credits_free as after, w.sequence
    )
    insert into ledger_transfers (id, key, type, asset, amount, debit_account, debit_user_id,
      debit_balance_after, debit_sequence, credit_account, subject_type, subject_id)
    select ${newUuid()}::uuid, ${key}, ${type}::ledger_transfer_type, 'CREDIT', ${credits}, 'FREE', user_id,
      after, sequence, 'REVENUE', ${subject.type}, ${subject.id}::uuid from moved`;
  return post(tx, key, statement).catch(async (error: unknown) => {
    if (!(error instanceof NothingPosted)) throw error;
    throw (await explainRefusal(tx, userId, { credits, holds: 0 }, noLimits())) ?? error;
  });
}
