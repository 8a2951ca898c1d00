import { eq, sql } from "drizzle-orm";
import type { Queryable } from "../../platform/db/index.js";
import { arrayOf, prepare, prepareSelect, RowMapper } from "../../platform/db/prepared.js";
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

const balanceNames = ["userId", "creditsFree", "creditsHeld", "coinsFree", "coinsPending", "sequence"];
const balances = RowMapper.of(wallets, (name) => balanceNames.includes(name));
const readWallets = prepare(
  sql`select ${balances.selection} from ${wallets}
    where ${wallets.userId} = any(${arrayOf(sql.placeholder("users"), "uuid")})`,
  (values): Balances => balances.read(values),
);

export function balancesOfUsers(db: Queryable, userIds: readonly string[]): Promise<Balances[]> {
  return readWallets(db, { users: userIds });
}

/** The credits that a user has tipped on the current day (UTC). `day` is a time of that day. */
export async function tippedCreditsOf(
  db: Queryable,
  userId: string,
): Promise<{ day: Date; credits: number }> {
  const [row] = await db
    .select({
      day: sql`statement_timestamp()`.mapWith((at: string) => new Date(at)),
      credits: sql<number>`case when ${wallets.tippedDay} = (statement_timestamp() at time zone 'UTC')::date
        then ${wallets.tippedToday} else 0 end`,
    })
    .from(wallets)
    .where(eq(wallets.userId, userId));
  if (!row) throw new Error(`user ${userId} has no wallet`);
  return row;
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
  sql`where ${ledgerSides.key} = any(${arrayOf(sql.placeholder("keys"), "text")}) and ${isEntry}`,
);
const byIds = prepareSelect(
  ledgerSides,
  sql`where ${ledgerSides.id} = any(${arrayOf(sql.placeholder("ids"), "uuid")}) and ${isEntry}`,
);

/** The entries with these keys, in any order. A key has one at most. */
export function entriesByKeys(db: Queryable, keys: readonly string[]): Promise<Entry[]> {
  return byKeys(db, { keys });
}

/** The entries of these transfers on the statements of all users whose free balances they changed. */
export function entriesByIds(db: Queryable, ids: readonly string[]): Promise<Entry[]> {
  return byIds(db, { ids });
}
