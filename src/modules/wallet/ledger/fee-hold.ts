import { sql } from "drizzle-orm";
import type { Tx } from "../../../platform/db/index.js";
import { newUuid } from "../../../platform/ids/ids.js";
import { InsufficientCredits } from "../wallet.errors.js";
import { isUnused, NothingPosted, post } from "./posting.js";
import { feeHoldKey, type PostResult } from "./transfers.js";

interface FeeHold {
  userId: string;
  taskId: string;
  /** Whole credits, more than zero. */
  credits: number;
  /** Credits that the same call has taken before: the error names what all of it costs. */
  takenBefore: number;
}

/** Reserves the fee of a remix, besides the hold of its price. Throws InsufficientCredits. */
export async function holdFee(
  tx: Tx,
  { userId, taskId, credits, takenBefore }: FeeHold,
): Promise<PostResult> {
  const key = feeHoldKey(taskId);
  const statement = sql`moved as (
      update wallets w set credits_free = w.credits_free - ${credits}, credits_held = w.credits_held + ${credits},
        sequence = w.sequence + 1
      where w.user_id = ${userId} and w.credits_free >= ${credits} and ${isUnused(key)}
      returning w.user_id, w.credits_free, w.credits_held, w.sequence
    )
    insert into ledger_transfers (id, key, type, asset, amount, debit_account, debit_user_id, debit_balance_after,
      debit_sequence, credit_account, credit_user_id, credit_balance_after, credit_sequence, subject_type, subject_id)
    select ${newUuid()}::uuid, ${key}, 'REMIX_HOLD', 'CREDIT', ${credits}, 'FREE', user_id, credits_free, sequence,
      'HELD', user_id, credits_held, sequence, 'task', ${taskId}::uuid from moved`;
  return post(tx, key, statement).catch(async (error: unknown) => {
    if (!(error instanceof NothingPosted)) throw error;
    const [wallet] = await tx.execute<{ free: string }>(
      sql`select credits_free as free from wallets where user_id = ${userId}`,
    );
    throw new InsufficientCredits(credits + takenBefore, Number(wallet?.free ?? 0) + takenBefore);
  });
}
