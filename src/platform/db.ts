import { type ExtractTablesWithRelations, type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgTransaction } from "drizzle-orm/pg-core";
import { drizzle, type PostgresJsDatabase, type PostgresJsQueryResultHKT } from "drizzle-orm/postgres-js";
import { clientFor } from "./db/client.js";
import type { TypeParsers } from "./db/connection.js";
import { type DatabaseUse, Pool } from "./db/pool.js";

export { isDatabaseAway } from "./db/away.js";
export { postgresCode, violatesUnique } from "./db/postgres-code.js";

type NoSchema = Record<string, never>;

export type Db = PostgresJsDatabase<NoSchema>;
export type Tx = PgTransaction<PostgresJsQueryResultHKT, NoSchema, ExtractTablesWithRelations<NoSchema>>;
/** For what only reads, or writes one statement: works in a transaction and without one. */
export type Queryable = Db | Tx;

export interface Database {
  db: Db;
  use(): DatabaseUse;
  /** Ends all connections; running statements get five seconds. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  url: string;
  poolSize: number;
  applicationName: string;
  /** How long one statement may take. 0: as long as it needs. */
  statementMs?: number;
  /** Then a connection is replaced, when nobody uses it: databases move, and their sessions gather memory. */
  lifeMs?: number;
  /** How long a statement or transaction waits for a connection before it is refused. */
  waitMs?: number;
  /** How many may wait; the next one is refused at once. */
  waitingMax?: number;
  /** Whether the address is of a pool in transaction mode, as PgBouncer has it. */
  pooled?: boolean;
}

const closeMaxMs = 5_000;

/** Connects when the first statement comes, and again after every loss. Nobody waits without bound. */
export function connectDatabase(options: DatabaseOptions): Database {
  const parsers: TypeParsers = { parsers: {}, serializers: {} };
  const pool = new Pool(
    { statementMs: 15_000, lifeMs: 45 * 60_000, waitMs: 3_000, waitingMax: 1_000, pooled: false, ...options },
    parsers,
  );
  return {
    db: drizzle(clientFor(pool, parsers)),
    use: () => pool.use(),
    close: () => pool.close(closeMaxMs),
  };
}

/** Whether this connection's statements have a time limit, whoever set it. */
export async function hasStatementLimit(db: Db): Promise<boolean> {
  const [row] = await db.execute<{ limit: string }>(
    sql`select current_setting('statement_timeout') as limit`,
  );
  return row?.limit !== "0";
}

/** Whether the column is one of these UUIDs: one statement, prepared once, however many they are. */
export function isAnyOf(column: PgColumn, uuids: readonly string[]): SQL {
  return sql`${column} = any(${sql.param([...uuids])}::uuid[])`;
}
