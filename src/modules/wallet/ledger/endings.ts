import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../../../platform/db/index.js";
import { newUuid } from "../../../platform/ids/ids.js";
import { isUnused, post } from "./posting.js";
import { feeEndKey, feeHoldKey, holdEndKey, holdKey, type PostResult, reverseKey } from "./transfers.js";

/** The hold becomes revenue. */
export function settle(tx: Tx, taskId: string): Promise<PostResult> {
  return post(tx, holdEndKey(taskId), ending("GEN_SETTLE", holdKey(taskId), holdEndKey(taskId)));
}

/** Returns the whole hold. */
export function refund(tx: Tx, taskId: string): Promise<PostResult> {
  return post(tx, holdEndKey(taskId), ending("GEN_REFUND", holdKey(taskId), holdEndKey(taskId)));
}

/** Returns the fee of a remix that is not paid to anyone. */
export function refundFee(tx: Tx, taskId: string): Promise<PostResult> {
  return post(tx, feeEndKey(taskId), ending("REMIX_REFUND", feeHoldKey(taskId), feeEndKey(taskId)));
}

/** Returns the credits of a spend, once. */
export function refundSpend(tx: Tx, spendKey: string): Promise<PostResult> {
  return post(tx, reverseKey(spendKey), ending("DOWNLOAD_REFUND", spendKey, reverseKey(spendKey)));
}

/**
 * The accounts of each ending, and its change of the wallet. Amount, user and subject are always those of the
 * transfer that it ends.
 */
const endings = {
  GEN_SETTLE: { debit: "HELD", credit: "REVENUE", free: sql`0`, held: sql`s.amount`, holds: sql`1` },
  GEN_REFUND: { debit: "HELD", credit: "FREE", free: sql`s.amount`, held: sql`s.amount`, holds: sql`1` },
  REMIX_REFUND: { debit: "HELD", credit: "FREE", free: sql`s.amount`, held: sql`s.amount`, holds: sql`0` },
  DOWNLOAD_REFUND: { debit: "REVENUE", credit: "FREE", free: sql`s.amount`, held: sql`0`, holds: sql`0` },
} as const;

function ending(type: keyof typeof endings, startKey: string, key: string): SQL {
  const { debit, credit, free, held, holds } = endings[type];
  const side = (account: string) => {
    if (account === "REVENUE") return sql`null::uuid, null::bigint, null::bigint`;
    return account === "HELD" ? sql`user_id, held_after, sequence` : sql`user_id, free_after, sequence`;
  };
  return sql`moved as (
      update wallets w set credits_free = w.credits_free + ${free}, credits_held = w.credits_held - ${held},
        holds_open = w.holds_open - ${holds}, sequence = w.sequence + 1
      from ledger_transfers s
      where s.key = ${startKey} and w.user_id = s.debit_user_id and ${isUnused(key)}
      returning w.user_id, w.credits_free as free_after, w.credits_held as held_after, w.sequence,
        s.id as started_by, s.amount, s.subject_type, s.subject_id
    )
    insert into ledger_transfers (id, key, type, asset, amount,
      debit_account, debit_user_id, debit_balance_after, debit_sequence,
      credit_account, credit_user_id, credit_balance_after, credit_sequence,
      subject_type, subject_id, ends_transfer_id)
    select ${newUuid()}::uuid, ${key}, ${sql.raw(`'${type}'`)}::ledger_transfer_type, 'CREDIT', amount,
      ${sql.raw(`'${debit}'`)}::ledger_account, ${side(debit)},
      ${sql.raw(`'${credit}'`)}::ledger_account, ${side(credit)},
      subject_type, subject_id, started_by from moved`;
}
