import { sql } from "drizzle-orm";
import type { Queryable } from "../../platform/db/index.js";
import { prepareSelect } from "../../platform/db/prepared.js";
import { BatchedList } from "../../platform/lists/batched-list.js";
import { ledgerSides, wallets } from "./wallet.tables.js";

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

/** One line of a user's statement. */
export type Entry = typeof ledgerSides.$inferSelect;

export async function balancesOf(db: Queryable, userId: string): Promise<Balances | null> {
  const [row] = await balancesOfUsers(db, [userId]);
  return row ?? null;
}

const readWallets = prepareSelect(
  wallets,
  sql`where ${wallets.userId} = any(${sql.placeholder("users")}::uuid[])`,
);

export function balancesOfUsers(db: Queryable, userIds: readonly string[]): Promise<Balances[]> {
  return readWallets(db, { users: userIds });
}

const isEntry = sql`${ledgerSides.account} = 'FREE'`;

/** A user's statement of one asset, newest first. */
export function statementLines(): BatchedList<typeof ledgerSides> {
  return new BatchedList({
    table: ledgerSides,
    params: { user_id: "uuid", asset: "asset" },
    where: sql`${ledgerSides.userId} = request.user_id and ${ledgerSides.asset} = request.asset and ${isEntry}`,
    filters: {
      types: {
        params: { types: "text" },
        where: sql`${ledgerSides.type}::text = any(string_to_array(request.types, ','))`,
        isRare: true,
      },
    },
    order: [{ column: ledgerSides.sequence, direction: "desc" }],
  });
}

const byKeys = prepareSelect(
  ledgerSides,
  sql`where ${ledgerSides.key} = any(${sql.placeholder("keys")}::text[]) and ${isEntry} order by ${ledgerSides.sequence}`,
);
const byIds = prepareSelect(
  ledgerSides,
  sql`where ${ledgerSides.id} = any(${sql.placeholder("ids")}::uuid[]) and ${isEntry}`,
);

/** All entries with these keys, oldest first. */
export function entriesByKeys(db: Queryable, keys: readonly string[]): Promise<Entry[]> {
  return byKeys(db, { keys });
}

/** The entries of these transfers on the statements of all users whose free balances they changed. */
export function entriesByIds(db: Queryable, ids: readonly string[]): Promise<Entry[]> {
  return byIds(db, { ids });
}
