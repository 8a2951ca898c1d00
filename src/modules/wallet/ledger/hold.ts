import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../../../platform/db/index.js";
import { arrayOf, type Prepared, prepare, unnest } from "../../../platform/db/prepared.js";
import { newUuid } from "../../../platform/ids/ids.js";
import { explainRefusal, type Hold, type HoldLimits, noLimits, withRunningTotals } from "./hold-limits.js";
import { holdKey } from "./transfers.js";

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
 * Takes the values of `holdValues` and of the extra columns. Skips a user whose holds do not all fit. The steps of
 * the statement are explained in docs/ledger.md.
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

async function existingKeys(tx: Tx, keys: string[]): Promise<Set<string>> {
  const rows = await tx.execute<{ key: string }>(
    sql`select key from ledger_transfers where key = any(${arrayOf(sql.param(keys), "text")})`,
  );
  return new Set(rows.map((row) => row.key));
}
