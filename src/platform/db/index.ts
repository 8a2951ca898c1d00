import { type ExtractTablesWithRelations, type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgTransaction } from "drizzle-orm/pg-core";
import { drizzle, type PostgresJsDatabase, type PostgresJsQueryResultHKT } from "drizzle-orm/postgres-js";
import { parseDatabaseUrl, type ServerRole } from "./address.js";
import { clientFor } from "./client.js";
import type { TypeParsers } from "./connection.js";
import { roleFor } from "./connector.js";
import { Pool, type PoolStats } from "./pool.js";

export { problemWithDatabaseUrl, type ServerRole } from "./address.js";
export { isDatabaseUnavailable, postgresCode, violatesUnique } from "./errors.js";

type NoSchema = Record<string, never>;

export type Db = PostgresJsDatabase<NoSchema>;
export type Tx = PgTransaction<PostgresJsQueryResultHKT, NoSchema, ExtractTablesWithRelations<NoSchema>>;
/** For what only reads, or writes one statement: works in a transaction and without one. */
export type Queryable = Db | Tx;

export interface Database {
  db: Db;
  stats(): PoolStats;
  /** Lends one connection, for what belongs to a session, such as its locks. One statement at a time. */
  withSession<T>(work: (session: DatabaseSession) => Promise<T>): Promise<T>;
  /** Ends all connections; running statements get five seconds. */
  close(): Promise<void>;
}

export interface DatabaseSession {
  db: Db;
  /** The server process's number, as the login told it; null before the first statement. */
  processId(): number | null;
}

export interface DatabaseOptions {
  /** May name several hosts; the one that plays the role is used. */
  url: string;
  /** "primary" unless it is given. Nothing is asked of a single host without `target_session_attrs`. */
  role?: ServerRole;
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
  /** Whether the server keeps the plan of each statement; not for texts that vary without end. */
  prepare?: boolean;
}

const closeMaxMs = 5_000;

/** Connects when the first statement comes, and again after every loss. Nobody waits without bound. */
export function connectDatabase(options: DatabaseOptions): Database {
  const parsers: TypeParsers = { parsers: {}, serializers: {} };
  const { url, role = "primary", pooled = false, ...rest } = options;
  const address = parseDatabaseUrl(url);
  const pool = new Pool(
    {
      ...{ statementMs: 15_000, lifeMs: 45 * 60_000, waitMs: 3_000, waitingMax: 1_000, prepare: !pooled },
      ...{ ...rest, pooled, address, role: roleFor(address, role) },
    },
    parsers,
  );
  return {
    db: drizzle(clientFor((work) => pool.withConnection(work), parsers)),
    stats: () => pool.stats(),
    withSession: (work) =>
      pool.withConnection((connection) =>
        work({
          db: drizzle(clientFor((statement) => statement(connection), parsers)),
          processId: () => connection.processId,
        }),
      ),
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
