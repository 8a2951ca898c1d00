import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../../platform/db/index.js";
import { type Prepared, prepare, unnest } from "../../platform/db/prepared.js";
import { newUuid } from "../../platform/ids/ids.js";
import { explainRefusal } from "./hold-refusals.js";
import {
  creditsMax,
  type Hold,
  type HoldLimits,
  holdEndKey,
  holdKey,
  noLimits,
  type PostResult,
  reverseKey,
  type Subject,
  type TransferType,
  withRunningTotals,
} from "./transfers.js";
import { WalletFull } from "./wallet.errors.js";

/*
 * The only file that writes ledger rows. Every verb takes the caller's transaction and a key. It neither opens
 * nor commits a transaction, and calls nothing outside the database.
 *
 * A key that was used before changes nothing and returns `applied: false`. Of two transactions that use one
 * key at the same time, the unique index fails one.
 */

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

/**
 * Reserves credits, with one hold for each task. All of a user's holds of one call are taken or none. If they
 * do not fit, throws InsufficientCredits or HoldLimitReached, and the caller's transaction is rolled back.
 */
export async function hold(tx: Tx, holds: readonly Hold[], limits: HoldLimits = noLimits()): Promise<void> {
  const held = await takeHolds(tx, holdValues(holds, limits));
  if (held.length === holds.length) return;
  const existing = await existingKeys(
    tx,
    holds.map((h) => holdKey(h.taskId)),
  );
  const refused = holds.find((h) => !existing.has(holdKey(h.taskId)));
  if (!refused) return;
  const ofUser = holds.filter((h) => h.userId === refused.userId);
  const wanted = { credits: ofUser.reduce((sum, h) => sum + h.credits, 0), holds: ofUser.length };
  throw (
    (await explainRefusal(tx, refused.userId, wanted, limits)) ??
    new Error("the holds did not fit for a moment")
  );
}

/** A statement that takes holds, together with rows of the caller. */
interface HoldStatement<Row> {
  /** Further columns of `requested`, by name and type. Their values are arrays with one element for each hold. */
  extraColumns?: Record<string, string>;
  /** A condition on `u` (user_id): the users whose holds are skipped. */
  skipWhen: SQL;
  /**
   * The rest of the statement. It can use `requested` (task_id, user_id, amount, and the extra columns), `held`
   * (task_id, user_id, free_after, held_after, sequence) and `charged` (user_id, coins_free, coins_pending).
   */
  write(ctes: SQL): SQL;
  toRow(values: unknown[]): Row;
}

/**
 * Takes the values of `holdValues` and of the extra columns. Skips a user whose holds do not all fit.
 *
 * Many wallets are locked in the order of their ids, so that two statements cannot wait for each other;
 * one wallet needs no order, and its statement costs some 5 % less.
 */
export function prepareHolds<Row>({
  extraColumns,
  skipWhen,
  write,
  toRow,
}: HoldStatement<Row>): Prepared<Row> {
  const payers = sql`${unnest({ payers: "uuid", payersCredits: "int", payersHolds: "int" })}
    as u(user_id, amount, holds)`;
  const one = sql`admitted as (select u.* from ${payers} where not ${skipWhen})`;
  const many = sql`admitted as materialized (
      select u.* from ${payers} join wallets w on w.user_id = u.user_id where not ${skipWhen}
      order by w.user_id for no key update of w
    )`;
  const ofOne = prepare(write(holdCtes(one, extraColumns)), toRow);
  const ofMany = prepare(write(holdCtes(many, extraColumns)), toRow);
  return (db, values) => ((values.payers as string[]).length === 1 ? ofOne : ofMany)(db, values);
}

/**
 * The condition of the UPDATE keeps balances at zero or more and holds within their limits. Running totals
 * give each transfer the balances right after it.
 */
function holdCtes(admitted: SQL, extraColumns: Record<string, string> = {}): SQL {
  const $ = sql.placeholder;
  const columns = {
    ...{ id: "uuid", task_id: "uuid", user_id: "uuid", amount: "int", running_total: "int", position: "int" },
    ...extraColumns,
  };
  return sql`requested (${sql.raw(Object.keys(columns).join(", "))}) as (select * from ${unnest(columns)}),
    ${admitted},
    charged as (
      update wallets w
      set credits_free = w.credits_free - t.amount, credits_held = w.credits_held + t.amount,
        sequence = w.sequence + t.holds, holds_open = w.holds_open + t.holds, holds_day = greatest(w.holds_day, ${$("day")}::date),
        holds_today = (case when w.holds_day >= ${$("day")}::date then w.holds_today else 0 end) + t.holds
      from admitted t
      where w.user_id = t.user_id and w.credits_free >= t.amount and w.holds_open + t.holds <= ${$("openMax")}
        and (case when w.holds_day >= ${$("day")}::date then w.holds_today else 0 end) + t.holds
          <= ${$("perDayMax")}
      returning w.user_id, w.credits_free + t.amount as free_before, w.credits_held - t.amount as held_before,
        w.sequence - t.holds as sequence_before, w.coins_free, w.coins_pending
    ),
    held (task_id, user_id, free_after, held_after, sequence) as (
      insert into ledger_transfers (id, key, type, asset, amount,
        debit_account, debit_user_id, debit_balance_after, debit_sequence,
        credit_account, credit_user_id, credit_balance_after, credit_sequence, subject_type, subject_id)
      select a.id, 'hold:' || a.task_id, 'GEN_HOLD', 'CREDIT', a.amount,
        'FREE', a.user_id, c.free_before - a.running_total, c.sequence_before + a.position,
        'HELD', a.user_id, c.held_before + a.running_total, c.sequence_before + a.position, 'task', a.task_id
      from requested a join charged c on c.user_id = a.user_id
      returning subject_id, debit_user_id, debit_balance_after, credit_balance_after, debit_sequence
    )`;
}

export function holdValues(
  holds: readonly Hold[],
  { openMax, perDayMax, day }: HoldLimits,
): Record<string, unknown> {
  const lines = withRunningTotals(holds);
  const lasts = [...new Map(lines.map((line) => [line.userId, line])).values()];
  return {
    id: lines.map(newUuid),
    task_id: lines.map((line) => line.taskId),
    user_id: lines.map((line) => line.userId),
    amount: lines.map((line) => line.credits),
    running_total: lines.map((line) => line.runningTotal),
    position: lines.map((line) => line.position),
    payers: lasts.map((last) => last.userId),
    payersCredits: lasts.map((last) => last.runningTotal),
    payersHolds: lasts.map((last) => last.position),
    ...{ day, openMax, perDayMax },
  };
}

/** Skips a user with a hold that exists already. */
const takeHolds = prepareHolds({
  skipWhen: sql`exists (select from requested a join ledger_transfers t on t.key = 'hold:' || a.task_id
    where a.user_id = u.user_id)`,
  write: (ctes) => sql`with ${ctes} select task_id from held`,
  toRow: ([taskId]) => taskId,
});

/** The hold becomes revenue. */
export function settle(tx: Tx, taskId: string): Promise<PostResult> {
  return post(tx, holdEndKey(taskId), ending("GEN_SETTLE", holdKey(taskId), holdEndKey(taskId)));
}

/** Returns the whole hold. */
export function refund(tx: Tx, taskId: string): Promise<PostResult> {
  return post(tx, holdEndKey(taskId), ending("GEN_REFUND", holdKey(taskId), holdEndKey(taskId)));
}

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

/** Returns the credits of a spend, once. */
export function reverse(tx: Tx, spendKey: string): Promise<PostResult> {
  return post(tx, reverseKey(spendKey), ending("DOWNLOAD_REFUND", spendKey, reverseKey(spendKey)));
}

/**
 * The accounts of each ending, and its change of the wallet. Amount, user and subject are always those of the
 * transfer that it ends.
 */
const endings = {
  GEN_SETTLE: { debit: "HELD", credit: "REVENUE", free: sql`0`, held: sql`s.amount`, holds: sql`1` },
  GEN_REFUND: { debit: "HELD", credit: "FREE", free: sql`s.amount`, held: sql`s.amount`, holds: sql`1` },
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

function isUnused(key: string): SQL {
  return sql`not exists (select from ledger_transfers u where u.key = ${key})`;
}

/** The key has no transfer, neither of this call nor of an earlier one. */
class NothingPosted extends Error {}

/** Runs a statement that updates a wallet and writes one transfer; if its key exists, nothing changes. */
async function post(tx: Tx, key: string, statement: SQL): Promise<PostResult> {
  type Row = { id: string; type: TransferType };
  const [posted] = await tx.execute<Row>(sql`with ${statement} returning id, type`);
  if (posted) return { transferId: posted.id, type: posted.type, applied: true };
  const [earlier] = await tx.execute<Row>(sql`select id, type from ledger_transfers where key = ${key}`);
  if (!earlier) throw new NothingPosted(`nothing could be posted under ${key}`);
  return { transferId: earlier.id, type: earlier.type, applied: false };
}

async function existingKeys(tx: Tx, keys: string[]): Promise<Set<string>> {
  const rows = await tx.execute<{ key: string }>(
    sql`select key from ledger_transfers where key = any(${sql.param(keys)}::text[])`,
  );
  return new Set(rows.map((row) => row.key));
}
