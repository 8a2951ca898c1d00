import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../../platform/db.js";
import { newUuid } from "../../platform/ids.js";
import { InsufficientCredits } from "./wallet.errors.js";

/**
 * The only file that writes ledger rows. Every verb takes the caller's transaction and a key; it
 * neither opens nor commits one and calls nobody outside the database.
 *
 * A key that was used before changes nothing and is answered with `applied: false`. Two equal keys
 * at the same moment: the unique index lets one transaction through and fails the other whole.
 */
export interface Posted {
  /** The transfer that stands under the key now, this call's or the earlier one's. */
  transferId: string;
  type: TransferType;
  applied: boolean;
}

export type TransferType =
  | "GRANT"
  | "RECHARGE"
  | "GEN_HOLD"
  | "GEN_SETTLE"
  | "GEN_REFUND"
  | "DOWNLOAD_SPEND"
  | "DOWNLOAD_REFUND";

export interface Subject {
  type: "task" | "video";
  id: string;
}

export interface Hold {
  userId: string;
  taskId: string;
  /** Whole credits, more than zero. */
  credits: number;
}

export const holdKey = (taskId: string) => `hold:${taskId}`;
/** Settle and refund share it, so that a hold ends in one way only. */
export const holdEndKey = (taskId: string) => `end:${taskId}`;
const reverseKey = (spendKey: string) => `reverse:${spendKey}`;

/** Gives a new user an empty wallet. Doing it twice is no error. */
export async function openWallet(tx: Tx, userId: string): Promise<void> {
  await tx.execute(sql`insert into wallets (user_id) values (${userId}) on conflict do nothing`);
}

/** Credits from the platform to a user. */
export async function grant(
  tx: Tx,
  grant: { userId: string; credits: number; reason: string; key: string },
): Promise<Posted> {
  return postOne(
    tx,
    grant.key,
    sql`select ${newUuid()}::uuid, ${grant.key}, 'GRANT', ${grant.userId}::uuid, ${grant.credits}::bigint,
      'ISSUANCE', 'FREE', null, null::uuid, null::uuid, ${grant.reason}, 1::bigint`,
  );
}

/**
 * Sets credits aside, for each task its own hold. All of a user's holds of one call are taken or
 * none; throws InsufficientCredits (and the caller's transaction is rolled back) when they do not fit.
 */
export async function hold(tx: Tx, holds: readonly Hold[]): Promise<void> {
  const column = <T>(pick: (h: Hold) => T) => sql.param(holds.map(pick));
  const posted = await post(
    tx,
    sql`select a.id, 'hold:' || a.task_id, 'GEN_HOLD', a.user_id, a.amount, 'FREE', 'HELD',
        'task', a.task_id, null::uuid, null, a.n
      from unnest(${sql.param(holds.map(() => newUuid()))}::uuid[], ${column((h) => h.taskId)}::uuid[],
        ${column((h) => h.userId)}::uuid[], ${column((h) => h.credits)}::bigint[])
        with ordinality as a(id, task_id, user_id, amount, n)`,
  );
  if (posted.length === holds.length) return;
  const standing = await keysThatStand(
    tx,
    holds.map((h) => holdKey(h.taskId)),
  );
  const refused = holds.find((h) => !standing.has(holdKey(h.taskId)));
  if (!refused) return;
  const mine = holds.filter((h) => h.userId === refused.userId);
  const required = mine.reduce((sum, h) => sum + h.credits, 0);
  throw new InsufficientCredits(required, await creditsFree(tx, refused.userId));
}

/** The hold becomes revenue. */
export function settle(tx: Tx, taskId: string): Promise<Posted> {
  return end(tx, "GEN_SETTLE", holdKey(taskId), holdEndKey(taskId), "HELD", "REVENUE");
}

/** The hold comes back, whole. */
export function refund(tx: Tx, taskId: string): Promise<Posted> {
  return end(tx, "GEN_REFUND", holdKey(taskId), holdEndKey(taskId), "HELD", "FREE");
}

/** Takes credits for good. Throws InsufficientCredits. */
export async function spend(
  tx: Tx,
  spend: { userId: string; credits: number; type: "DOWNLOAD_SPEND"; subject: Subject; key: string },
): Promise<Posted> {
  const posted = await postOne(
    tx,
    spend.key,
    sql`select ${newUuid()}::uuid, ${spend.key}, ${spend.type}, ${spend.userId}::uuid, ${spend.credits}::bigint,
      'FREE', 'REVENUE', ${spend.subject.type}, ${spend.subject.id}::uuid, null::uuid, null, 1::bigint`,
  ).catch(async (error: unknown) => {
    if (!(error instanceof NothingPosted)) throw error;
    throw new InsufficientCredits(spend.credits, await creditsFree(tx, spend.userId));
  });
  return posted;
}

/** Gives back what a spend took, once. */
export function reverse(tx: Tx, spendKey: string): Promise<Posted> {
  return end(tx, "DOWNLOAD_REFUND", spendKey, reverseKey(spendKey), "REVENUE", "FREE");
}

/** Ends an earlier transfer: the amount, the user and the subject are that one's, never the caller's. */
function end(
  tx: Tx,
  type: TransferType,
  startKey: string,
  key: string,
  from: "HELD" | "REVENUE",
  to: "FREE" | "REVENUE",
): Promise<Posted> {
  return postOne(
    tx,
    key,
    sql`select ${newUuid()}::uuid, ${key}, ${type}, coalesce(s.debit_user_id, s.credit_user_id), s.amount,
        ${from}, ${to}, s.subject_type, s.subject_id, s.id, null, 1::bigint
      from ledger_transfers s where s.key = ${startKey}`,
  );
}

/** Neither this call's transfer nor an earlier one of its key is there. */
class NothingPosted extends Error {}

async function postOne(tx: Tx, key: string, asked: SQL): Promise<Posted> {
  const [posted] = await post(tx, asked);
  if (posted) return { transferId: posted.id, type: posted.type, applied: true };
  const earlier = await tx.execute<{ id: string; type: TransferType }>(
    sql`select id, type from ledger_transfers where key = ${key}`,
  );
  if (!earlier[0]) throw new NothingPosted(`nothing could be posted under ${key}`);
  return { transferId: earlier[0].id, type: earlier[0].type, applied: false };
}

type PostedRow = { id: string; key: string; type: TransferType };

/**
 * One statement for every verb. `asked` gives rows of (id, key, type, user, amount, debit account,
 * credit account, subject type, subject id, transfer that it ends, reason, place in the call). The
 * wallets are locked in the order of their ids, so that two calls cannot wait for each other; the
 * conditional update is the check that nothing goes below zero; running sums give each transfer the
 * balances right after it. Rows of a user whose balance does not suffice are left out.
 */
async function post(tx: Tx, asked: SQL): Promise<PostedRow[]> {
  return tx.execute<PostedRow>(sql`
    with asked (id, key, type, user_id, amount, debit, credit, subject_type, subject_id, ends, reason, n) as (${asked}),
    wanted as (
      select a.*,
        (case when credit = 'FREE' then amount when debit = 'FREE' then -amount else 0 end) as free_change,
        (case when credit = 'HELD' then amount when debit = 'HELD' then -amount else 0 end) as held_change
      from asked a
      where not exists (select from ledger_transfers t where t.key = a.key)
    ),
    running as (
      select w.*,
        sum(free_change) over before_and_this as free_so_far,
        sum(held_change) over before_and_this as held_so_far,
        row_number() over before_and_this as place
      from wanted w
      window before_and_this as (partition by user_id order by n)
    ),
    total as (
      select user_id, sum(free_change) as free, sum(held_change) as held, count(*) as transfers
      from wanted group by user_id
    ),
    locked as materialized (
      select w.user_id from wallets w where w.user_id in (select user_id from total) order by w.user_id for update
    ),
    moved as (
      update wallets w
      set credits_free = w.credits_free + t.free, credits_held = w.credits_held + t.held,
        sequence = w.sequence + t.transfers
      from total t join locked l on l.user_id = t.user_id
      where w.user_id = t.user_id and w.credits_free + t.free >= 0 and w.credits_held + t.held >= 0
      returning w.user_id, w.credits_free - t.free as free_before, w.credits_held - t.held as held_before,
        w.sequence - t.transfers as sequence_before
    )
    insert into ledger_transfers (id, key, type, asset, amount,
      debit_account, debit_user_id, debit_balance_after, debit_sequence,
      credit_account, credit_user_id, credit_balance_after, credit_sequence,
      subject_type, subject_id, ends_transfer_id, reason)
    select r.id, r.key, r.type::ledger_transfer_type, 'CREDIT', r.amount,
      r.debit::ledger_account, ${userSide(sql`r.debit`)},
      r.credit::ledger_account, ${userSide(sql`r.credit`)},
      r.subject_type, r.subject_id, r.ends, r.reason
    from running r join moved m on m.user_id = r.user_id
    order by r.n
    returning id, key, type`);
}

/** A side's user, balance and sequence: all null where the account is the platform's. */
function userSide(account: SQL): SQL {
  return sql`
      case when ${account} in ('FREE', 'HELD') then r.user_id end,
      case ${account} when 'FREE' then m.free_before + r.free_so_far when 'HELD' then m.held_before + r.held_so_far end,
      case when ${account} in ('FREE', 'HELD') then m.sequence_before + r.place end`;
}

async function keysThatStand(tx: Tx, keys: string[]): Promise<Set<string>> {
  const rows = await tx.execute<{ key: string }>(
    sql`select key from ledger_transfers where key = any(${sql.param(keys)}::text[])`,
  );
  return new Set(rows.map((row) => row.key));
}

async function creditsFree(tx: Tx, userId: string): Promise<number> {
  const [row] = await tx.execute<{ credits_free: string }>(
    sql`select credits_free from wallets where user_id = ${userId}`,
  );
  return Number(row?.credits_free ?? 0);
}
