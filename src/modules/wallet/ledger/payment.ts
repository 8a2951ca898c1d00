import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../../../platform/db/index.js";
import { type Prepared, prepare, unnest } from "../../../platform/db/prepared.js";
import { newUuid } from "../../../platform/ids/ids.js";
import { incomes } from "../incomes.tables.js";
import { creatorUnitsPerCredit, divideOverLevels, feeUnitsPerCredit } from "./shares.js";
import { feeEndKey, feeHoldKey } from "./transfers.js";

/** The kinds of payments to creators, with the transfer that takes the payer's credits. */
const kinds = {
  TIP: { spend: "TIP_SPEND", account: "FREE", subject: "work" },
  PROMPT_UNLOCK: { spend: "PROMPT_UNLOCK_SPEND", account: "FREE", subject: "work" },
  REMIX: { spend: "REMIX_SETTLE", account: "HELD", subject: "task" },
} as const;

export type PaymentKind = keyof typeof kinds;

interface PaymentStatement<Row> {
  /**
   * CTEs that the payment is read from. One is `payment`, with one row or none: payment_key, payer_id, credits, work_id,
   * subject_id and ends_id. The other is `share`: user_id, units, level and earning_work_id for each income. Units are
   * 1/10000 coin.
   */
  source: SQL;
  /**
   * The rest of the statement. It can use `paid` (user_id and the payer's balances after the payment), `clock` (at) and
   * `new_income` (id, user_id, level).
   */
  write(ctes: SQL): SQL;
  toRow(values: unknown[]): Row;
}

/**
 * A payment of one user to others, as one statement. It locks all wallets in the order of their ids, so that no two
 * payments wait for each other. If the payer's credits or the day's limit do not suffice, it does nothing and `paid`
 * is empty. Every time is one reading of the database's clock after the locks.
 *
 * Values: `freezeMs`, for TIP also `tipCreditsPerDay`, and those of the caller.
 */
export function preparePayment<Row>(
  kind: PaymentKind,
  { source, write, toRow }: PaymentStatement<Row>,
): Prepared<Row> {
  return prepare(write(sql`${source}, ${paymentCtes(kind)}`), toRow);
}

function paymentCtes(kind: PaymentKind): SQL {
  const { spend, account, subject } = kinds[kind];
  const text = (value: string) => sql.raw(`'${value}'`);
  const isTip = kind === "TIP";
  const tippedToday = sql`case when w.tipped_day >= clock.day then w.tipped_today else 0 end`;
  const charge =
    account === "FREE"
      ? sql`credits_free = w.credits_free - p.credits`
      : sql`credits_held = w.credits_held - p.credits`;
  const tipDay = sql`, tipped_day = greatest(w.tipped_day, clock.day), tipped_today = ${tippedToday} + p.credits`;
  const withinLimit = sql`and ${tippedToday} + p.credits <= ${sql.placeholder("tipCreditsPerDay")}`;
  const balance = account === "FREE" ? sql`paid.credits_free` : sql`paid.credits_held`;
  return sql`
    locked as materialized (
      select w.user_id from wallets w where w.user_id in (select payer_id from payment union select user_id from share)
      order by w.user_id for no key update
    ),
    clock as materialized (
      select at, (at at time zone 'UTC')::date as day
      from (select date_trunc('milliseconds', clock_timestamp()) as at from (select count(*) from locked) l offset 0) c
    ),
    paid as (
      update wallets w set ${charge}, sequence = w.sequence + 1 ${isTip ? tipDay : sql``}
      from payment p join locked on locked.user_id = p.payer_id cross join clock
      where w.user_id = p.payer_id and w.${sql.raw(account === "FREE" ? "credits_free" : "credits_held")} >= p.credits
        ${isTip ? withinLimit : sql``}
      returning w.user_id, w.credits_free, w.credits_held, w.coins_free, w.coins_pending, w.sequence
    ),
    spent as (
      insert into ledger_transfers (id, key, type, asset, amount, debit_account, debit_user_id, debit_balance_after,
        debit_sequence, credit_account, subject_type, subject_id, ends_transfer_id, created_at)
      select ${sql.placeholder("spendId")}::uuid, p.payment_key, ${text(spend)}, 'CREDIT', p.credits, ${text(account)},
        paid.user_id, ${balance}, paid.sequence, 'EXCHANGE', ${text(subject)}, p.subject_id, p.ends_id, clock.at
      from payment p cross join paid cross join clock
    ),
    fee as (
      insert into ledger_transfers (id, key, type, asset, amount, debit_account, credit_account, subject_type,
        subject_id, created_at)
      select ${sql.placeholder("feeId")}::uuid, p.payment_key || ':fee', 'CREATOR_FEE', 'COIN',
        p.credits * ${sql.raw(String(feeUnitsPerCredit))}, 'EXCHANGE', 'REVENUE', 'work', p.work_id, clock.at
      from payment p cross join paid cross join clock
    ),
    received as (
      update wallets w set coins_pending = w.coins_pending + s.units, sequence = w.sequence + s.incomes
      from (select user_id, sum(units)::bigint as units, count(*) as incomes from share group by user_id) s
        join locked on locked.user_id = s.user_id cross join paid
      where w.user_id = s.user_id
      returning w.user_id, w.coins_pending - s.units as pending_before, w.sequence - s.incomes as sequence_before
    ),
    income_transfer as (
      insert into ledger_transfers (id, key, type, asset, amount, debit_account, credit_account, credit_user_id,
        credit_balance_after, credit_sequence, subject_type, subject_id, created_at)
      select s.income_id, p.payment_key || ':income:' || s.level, ${text(`${kind}_INCOME`)}, 'COIN', s.units, 'EXCHANGE',
        'PENDING', s.user_id, r.pending_before + sum(s.units) over by_user, r.sequence_before + row_number() over by_user,
        'work', p.work_id, clock.at
      from share s join received r on r.user_id = s.user_id cross join payment p cross join clock
      window by_user as (partition by s.user_id order by s.level)
    ),
    new_income as (
      insert into ${incomes} (id, user_id, type, units, payment_key, payer_id, paid_credits, work_id, earning_work_id,
        level, created_at, release_at)
      select s.income_id, s.user_id, ${text(kind)}, s.units, p.payment_key, p.payer_id, p.credits, p.work_id,
        s.earning_work_id, s.level, clock.at, clock.at + ${sql.placeholder("freezeMs")} * interval '1 millisecond'
      from share s join received r on r.user_id = s.user_id cross join payment p cross join clock
      returning id, user_id, level
    )`;
}

/** The CTE `share` of a payment that goes to one author. `payment` needs the column author_id too. Value: `incomeId`. */
export const shareOfAuthor: SQL = sql`
  share as (
    select ${sql.placeholder("incomeId")}::uuid as income_id, author_id as user_id, 0 as level, work_id as earning_work_id,
      credits * ${sql.raw(String(creatorUnitsPerCredit))}::bigint as units
    from payment
  )`;

/** The ids that a payment to one author needs, besides the values of the caller. */
export const newPaymentIds = () => ({ spendId: newUuid(), feeId: newUuid(), incomeId: newUuid() });

/** A level of the works that a remix was made from. Ids are bare UUIDs. */
export interface FeeReceiver {
  userId: string;
  workId: string;
  /** 0 for the direct source. */
  level: number;
}

const settleHeldFee = preparePayment("REMIX", {
  source: sql`payment as (
      select ${sql.placeholder("paymentKey")} as payment_key, h.debit_user_id as payer_id, h.amount::int as credits,
        ${sql.placeholder("workId")}::uuid as work_id, h.subject_id, h.id as ends_id
      from ledger_transfers h
      where h.key = ${sql.placeholder("holdKey")}
        and not exists (select from ledger_transfers e where e.ends_transfer_id = h.id)
    ),
    share as (
      select * from ${unnest({ incomeIds: "uuid", receivers: "uuid", units: "bigint", levels: "int", works: "uuid" })}
        as s(income_id, user_id, units, level, earning_work_id)
    )`,
  write: (ctes) => sql`with ${ctes} select user_id from paid`,
  toRow: ([userId]) => userId as string,
});

interface HeldFee {
  taskId: string;
  credits: number;
  /** The work that was remixed. */
  workId: string;
  /** At least one, the direct source first, without the payer. */
  receivers: readonly FeeReceiver[];
  freezeMs: number;
}

/** Pays the held fee of a remix to the levels that it was made from. False if the hold has ended already. */
export async function settleFee(tx: Tx, fee: HeldFee): Promise<boolean> {
  const { taskId, credits, workId, receivers, freezeMs } = fee;
  const units = divideOverLevels(credits * creatorUnitsPerCredit, receivers.length);
  const paid = await settleHeldFee(tx, {
    ...{ spendId: newUuid(), feeId: newUuid(), workId, freezeMs },
    ...{ paymentKey: feeEndKey(taskId), holdKey: feeHoldKey(taskId) },
    incomeIds: receivers.map(newUuid),
    receivers: receivers.map(({ userId }) => userId),
    units,
    levels: receivers.map(({ level }) => level),
    works: receivers.map((receiver) => receiver.workId),
  });
  return paid.length > 0;
}
