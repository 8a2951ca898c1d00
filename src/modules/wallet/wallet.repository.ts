import { type SQL, sql } from "drizzle-orm";
import { planned, plannedRows, unnest } from "../../platform/db/planned-rows.js";
import type { Queryable } from "../../platform/db.js";
import type { Subject, TransferType } from "./transfers.js";
import { wallets } from "./wallet.tables.js";

export type Asset = "CREDIT" | "COIN";

/** Credits are whole; coins are in 1/10000. */
export interface Balances {
  userId: string;
  creditsFree: number;
  creditsHeld: number;
  coinsFree: number;
  coinsPending: number;
  /** Grows with every transfer that touches the wallet. */
  sequence: number;
}

/** One line of a statement: a transfer seen from a user's free balance. */
export interface Entry {
  transferId: string;
  asset: Asset;
  type: TransferType;
  /** Signed, in the asset's smallest unit. */
  amount: number;
  balanceAfter: number;
  sequence: number;
  reason: string | null;
  subject: Subject | null;
  createdAt: Date;
}

export async function balancesOf(db: Queryable, userId: string): Promise<Balances | null> {
  const [row] = await balancesOfUsers(db, [userId]);
  return row ?? null;
}

const readWallets = plannedRows(
  wallets,
  sql`where ${wallets.userId} = any(${sql.placeholder("users")}::uuid[])`,
);

export function balancesOfUsers(db: Queryable, userIds: readonly string[]): Promise<Balances[]> {
  return readWallets(db, { users: userIds });
}

export interface StatementQuery {
  userId: string;
  asset: Asset;
  types: readonly TransferType[] | null;
  /** Entries older than this place in the user's sequence. */
  beforeSequence: number | null;
  limit: number;
}

const afterAll = "9223372036854775807";

/** Both sides have an index, and each gives at most `size` rows. */
const readStatements = planned(
  sql`
    select asked.nth::int, entry.* from ${unnest({
      ...{ user_id: "uuid", asset: "text", types: "text", before: "bigint", size: "int" },
    })} with ordinality as asked(user_id, asset, types, before, size, nth)
    cross join lateral (
      ${entriesOfSide("debit")} union all ${entriesOfSide("credit")} order by sequence desc limit asked.size
    ) as entry order by asked.nth, entry.sequence desc`,
  (values) => ({ nth: values[0] as number, entry: toEntry(entryRowOf(values.slice(1))) }),
);

function entriesOfSide(side: "debit" | "credit"): SQL {
  return sql`(select ${entryColumns(side)} from ledger_transfers t
    where ${sql.raw(`t.${side}_user_id`)} = asked.user_id and ${sql.raw(`t.${side}_account`)} = 'FREE'
      and t.asset = asked.asset::asset and ${sql.raw(`t.${side}_sequence`)} < asked.before
      and (asked.types is null or t.type::text = any(string_to_array(asked.types, ',')))
    order by ${sql.raw(`t.${side}_sequence`)} desc limit asked.size)`;
}

/** Statements, newest first, in one statement of SQL. */
export async function statements(db: Queryable, asked: readonly StatementQuery[]): Promise<Entry[][]> {
  const found: Entry[][] = asked.map(() => []);
  const rows = await readStatements(db, {
    user_id: asked.map((query) => query.userId),
    asset: asked.map((query) => query.asset),
    types: asked.map((query) => query.types?.join(",") ?? null),
    before: asked.map((query) => query.beforeSequence ?? afterAll),
    size: asked.map((query) => query.limit),
  });
  for (const { nth, entry } of rows) found[nth - 1]?.push(entry);
  return found;
}

/** All movements of the free balance for these keys, oldest first: the entries of tasks. */
export async function entriesByKeys(
  db: Queryable,
  keys: readonly string[],
): Promise<(Entry & { key: string })[]> {
  const column = sql.param([...keys]);
  const rows = await db.execute<EntryRow & { key: string }>(sql`
    select ${entryColumns("debit")}, t.key from ledger_transfers t
    where t.key = any(${column}::text[]) and t.debit_account = 'FREE'
    union all
    select ${entryColumns("credit")}, t.key from ledger_transfers t
    where t.key = any(${column}::text[]) and t.credit_account = 'FREE'
    order by sequence`);
  return rows.map((row) => ({ ...toEntry(row), key: row.key }));
}

/** What these transfers are on the statements of those whose free balances they changed. */
export async function entriesByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<(Entry & { userId: string })[]> {
  const column = sql.param([...ids]);
  const rows = await db.execute<EntryRow & { user_id: string }>(sql`
    select ${entryColumns("debit")}, t.debit_user_id as user_id from ledger_transfers t
    where t.id = any(${column}::uuid[]) and t.debit_account = 'FREE'
    union all
    select ${entryColumns("credit")}, t.credit_user_id as user_id from ledger_transfers t
    where t.id = any(${column}::uuid[]) and t.credit_account = 'FREE'`);
  return rows.map((row) => ({ ...toEntry(row), userId: row.user_id }));
}

type EntryRow = {
  id: string;
  asset: Asset;
  type: TransferType;
  amount: string;
  balance_after: string;
  sequence: string;
  reason: string | null;
  subject_type: Subject["type"] | null;
  subject_id: string | null;
  created_at: string | Date;
};

function entryColumns(side: "debit" | "credit"): SQL {
  const amount = side === "debit" ? "-t.amount" : "t.amount";
  return sql.raw(`t.id, t.asset, t.type, ${amount} as amount, t.${side}_balance_after as balance_after,
    t.${side}_sequence as sequence, t.reason, t.subject_type, t.subject_id, t.created_at`);
}

/** From the values of those columns. */
function entryRowOf(values: readonly unknown[]): EntryRow {
  const [id, asset, type, amount, balance_after, sequence, reason, subject_type, subject_id, created_at] =
    values;
  return {
    ...{ id, asset, type, amount, balance_after, sequence, reason, subject_type, subject_id, created_at },
  } as EntryRow;
}

function toEntry(row: EntryRow): Entry {
  return {
    transferId: row.id,
    asset: row.asset,
    type: row.type,
    amount: Number(row.amount),
    balanceAfter: Number(row.balance_after),
    sequence: Number(row.sequence),
    reason: row.reason,
    subject: row.subject_type && row.subject_id ? { type: row.subject_type, id: row.subject_id } : null,
    createdAt: new Date(row.created_at),
  };
}
