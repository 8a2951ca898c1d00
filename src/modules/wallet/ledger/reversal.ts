import { type SQL, sql } from "drizzle-orm";
import { OperatorError } from "../../../platform/base/operator-error.js";
import type { Tx } from "../../../platform/db/index.js";
import { arrayOf } from "../../../platform/db/prepared.js";
import { newUuid } from "../../../platform/ids/ids.js";
import { incomes } from "../incomes.tables.js";
import type { PaymentKind } from "./payment.js";
import { creditsMax, incomeEndKey, reverseKey } from "./transfers.js";

const refundTypes = {
  TIP: "TIP_REFUND",
  PROMPT_UNLOCK: "PROMPT_UNLOCK_REFUND",
  REMIX: "REMIX_REFUND",
} as const;

/** A reversal as it stands. Units are 1/10000 coin. */
export interface Reversal {
  /** False if the payment was reversed before, in which case nothing has changed. */
  isNew: boolean;
  reversedAt: Date;
  reason: string;
  payerId: string;
  credits: number;
  /** The creators whose pending income was taken back. */
  creatorIds: string[];
  reversedUnits: number;
  /** Income that was free already. Its creators keep it, and the platform bears the loss. */
  lostUnits: number;
}

interface PaymentRow {
  [column: string]: unknown;
  id: string;
  amount: number;
  payer_id: string;
  subject_type: string;
  subject_id: string;
  fee_id: string;
  fee_units: number;
  work_id: string;
}

interface ReversalOrder {
  kind: PaymentKind;
  key: string;
  reason: string;
  /** Leaves a payment as it is if an income of it is not pending any more. */
  onlyIfFrozen: boolean;
}

/**
 * Undoes a whole payment: pending income, the platform's fee, then the payer's credits. Null if there is nothing to
 * undo. A release at the same time either comes first, or finds the income ended.
 */
export async function reversePayment(tx: Tx, order: ReversalOrder): Promise<Reversal | null> {
  const { kind, key, reason, onlyIfFrozen } = order;
  const locked = await lockIncomes(tx, key);
  if (onlyIfFrozen && locked.some(({ state }) => state !== "PENDING")) return null;
  const [payment] = await tx.execute<PaymentRow>(sql`
    select s.id, s.amount::int as amount, s.debit_user_id as payer_id, s.subject_type, s.subject_id, f.id as fee_id,
      f.amount::int as fee_units, f.subject_id as work_id
    from ledger_transfers s join ledger_transfers f on f.key = s.key || ':fee'
    where s.key = ${key} and not exists (select from ledger_transfers e where e.ends_transfer_id = s.id)`);
  if (!payment) return reversalOf(tx, key, { isNew: false });
  const pending = locked.filter(({ state }) => state === "PENDING");
  const released = locked.filter(({ state }) => state === "RELEASED");
  await lockWallets(tx, [payment.payer_id, ...pending.map((income) => income.userId)]);
  for (const income of pending) await takeBack(tx, income.id, reason);
  for (const income of released) await bearLoss(tx, income.id, reason);
  await postPlatform(tx, {
    ...{ key: `fee-end:${payment.fee_id}`, type: "CREATOR_FEE_REVERSAL", amount: sql`${payment.fee_units}` },
    ...{ subjectType: "work", subjectId: payment.work_id, endsId: sql`${payment.fee_id}::uuid`, reason },
  });
  await giveBack(tx, payment, { type: refundTypes[kind], key: reverseKey(key), reason });
  return reversalOf(tx, key, { isNew: true });
}

/** Income that a reversal finds released is lost, and released it stays. */
async function reversalOf(tx: Tx, key: string, { isNew }: { isNew: boolean }): Promise<Reversal | null> {
  const unitsOf = (state: string) => sql`coalesce(sum(i.units) filter (where i.state = ${state}), 0)::float8`;
  const [reversal] = await tx.execute<Omit<Reversal, "isNew" | "reversedAt"> & { at: string }>(sql`
    select r.created_at as at, r.reason, r.credit_user_id as "payerId", r.amount::int as credits,
      coalesce(json_agg(distinct i.user_id) filter (where i.state = 'REVERSED'), '[]') as "creatorIds",
      ${unitsOf("REVERSED")} as "reversedUnits", ${unitsOf("RELEASED")} as "lostUnits"
    from ledger_transfers r left join ${incomes} i on i.payment_key = ${key}
    where r.key = ${reverseKey(key)} group by r.id`);
  if (!reversal) return null;
  const { at, ...stands } = reversal;
  return { ...stands, isNew, reversedAt: new Date(at) };
}

/** Locks wallets in the order of their ids, which every transaction with more than one does before its first verb. */
export async function lockWallets(tx: Tx, userIds: readonly string[]): Promise<void> {
  await tx.execute(sql`
    select from wallets where user_id = any(${arrayOf(sql.param([...userIds]), "uuid")})
    order by user_id for no key update`);
}

async function lockIncomes(
  tx: Tx,
  paymentKey: string,
): Promise<{ id: string; userId: string; units: number; state: string }[]> {
  return tx
    .select({ id: incomes.id, userId: incomes.userId, units: incomes.units, state: incomes.state })
    .from(incomes)
    .where(sql`${incomes.paymentKey} = ${paymentKey}`)
    .orderBy(incomes.releaseAt, incomes.id)
    .for("update");
}

/** A pending income goes back to EXCHANGE. */
async function takeBack(tx: Tx, incomeId: string, reason: string): Promise<void> {
  await tx.execute(sql`
    with ended as (
      update ${incomes} set state = 'REVERSED', ended_at = clock_timestamp()
      where id = ${incomeId} and state = 'PENDING' returning id, user_id, units
    ),
    moved as (
      update wallets w set coins_pending = w.coins_pending - e.units, sequence = w.sequence + 1
      from ended e where w.user_id = e.user_id
      returning w.user_id, w.coins_pending, w.sequence, e.id, e.units
    )
    insert into ledger_transfers (id, key, type, asset, amount, debit_account, debit_user_id, debit_balance_after,
      debit_sequence, credit_account, subject_type, subject_id, ends_transfer_id, reason)
    select ${newUuid()}::uuid, 'income-end:' || id, 'INCOME_REVERSAL', 'COIN', units, 'PENDING', user_id, coins_pending,
      sequence, 'EXCHANGE', 'income', id, id, ${reason} from moved`);
}

/** A released income stays its creator's: its coins come from the platform's revenue. */
function bearLoss(tx: Tx, incomeId: string, reason: string): Promise<void> {
  const released = sql`(select r.id from ledger_transfers r where r.key = ${incomeEndKey(incomeId)})`;
  const units = sql`(select i.units from ${incomes} i where i.id = ${incomeId})`;
  return postPlatform(tx, {
    ...{ key: `loss:${incomeId}`, type: "INCOME_LOSS", amount: units },
    ...{ subjectType: "income", subjectId: incomeId, endsId: released, reason },
  });
}

interface PlatformTransfer {
  key: string;
  type: "CREATOR_FEE_REVERSAL" | "INCOME_LOSS";
  amount: SQL;
  subjectType: string;
  subjectId: string;
  endsId: SQL;
  reason: string;
}

/** From REVENUE to EXCHANGE. */
async function postPlatform(tx: Tx, transfer: PlatformTransfer): Promise<void> {
  const { key, type, amount, subjectType, subjectId, endsId, reason } = transfer;
  await tx.execute(sql`
    insert into ledger_transfers (id, key, type, asset, amount, debit_account, credit_account, subject_type, subject_id,
      ends_transfer_id, reason)
    values (${newUuid()}::uuid, ${key}, ${type}::ledger_transfer_type, 'COIN', ${amount}, 'REVENUE', 'EXCHANGE',
      ${subjectType}, ${subjectId}::uuid, ${endsId}, ${reason})`);
}

/** The payer's credits come back. */
async function giveBack(
  tx: Tx,
  payment: PaymentRow,
  { type, key, reason }: { type: string; key: string; reason: string },
): Promise<void> {
  const posted = await tx.execute(sql`
    with moved as (
      update wallets w set credits_free = w.credits_free + ${payment.amount}, sequence = w.sequence + 1
      where w.user_id = ${payment.payer_id}
        and w.credits_free + w.credits_held + ${payment.amount}::bigint <= ${creditsMax}
      returning w.user_id, w.credits_free, w.sequence
    )
    insert into ledger_transfers (id, key, type, asset, amount, debit_account, credit_account, credit_user_id,
      credit_balance_after, credit_sequence, subject_type, subject_id, ends_transfer_id, reason)
    select ${newUuid()}::uuid, ${key}, ${type}::ledger_transfer_type, 'CREDIT', ${payment.amount}, 'EXCHANGE', 'FREE',
      user_id, credits_free, sequence, ${payment.subject_type}, ${payment.subject_id}::uuid, ${payment.id}::uuid, ${reason}
    from moved returning id`);
  if (posted.length === 0)
    throw new OperatorError("The payer's wallet is full: the credits do not fit. Nothing was reversed.");
}
