import { type ExtractTablesWithRelations, sql } from "drizzle-orm";
import type { PgTransaction } from "drizzle-orm/pg-core";
import { drizzle, type PostgresJsDatabase, type PostgresJsQueryResultHKT } from "drizzle-orm/postgres-js";
import { parseDatabaseUrl, type ServerRole } from "./address.js";
import { requiredRole } from "./connector.js";
import { createDrizzleClient } from "./drizzle-client.js";
import { Pool, type PoolStats } from "./pool.js";
import type { TypeParsers } from "./wire-types.js";

export { problemWithDatabaseUrl, type ServerRole } from "./address.js";
export { isDatabaseUnavailable, isSurelyRolledBack, postgresCode, violatesUnique } from "./errors.js";

type NoSchema = Record<string, never>;

export type Db = PostgresJsDatabase<NoSchema>;
export type Tx = PgTransaction<PostgresJsQueryResultHKT, NoSchema, ExtractTablesWithRelations<NoSchema>>;
/** Works inside and outside a transaction: for reads, and for writes of a single statement. */
export type Queryable = Db | Tx;

export interface Database {
  db: Db;
  stats(): PoolStats;
  /** Reserves one connection, for session state such as advisory locks. One statement at a time. */
  withSession<T>(work: (session: DatabaseSession) => Promise<T>): Promise<T>;
  /** Closes all connections; running statements get five seconds. */
  close(): Promise<void>;
}

export interface DatabaseSession {
  db: Db;
  /** The server process's number from the login; null before the first statement. */
  processId(): number | null;
}

export interface DatabaseOptions {
  /** May name several hosts; the one that has the role is used. */
  url: string;
  /** Default: "primary". Not checked for a single host without `target_session_attrs`. */
  role?: ServerRole;
  poolSize: number;
  applicationName: string;
  /** 0: no limit. */
  statementTimeoutMs?: number;
  /** Older connections are replaced: databases move to other addresses, and sessions accumulate memory. */
  maxLifetimeMs?: number;
  /** How long a statement or transaction may wait for a connection before it is rejected. */
  acquireTimeoutMs?: number;
  /** How many may wait; further ones are rejected immediately. */
  queueMax?: number;
  /** Whether the address is a pooler's in transaction mode, such as PgBouncer. */
  pooled?: boolean;
  /** Whether the server stores the plan of each statement. False where the number of texts is unbounded. */
  prepare?: boolean;
}

const closeTimeoutMs = 5_000;

/** Connects with the first statement, and again after each loss. Every wait is bounded. */
export function connectDatabase(options: DatabaseOptions): Database {
  const parsers: TypeParsers = { parsers: {}, serializers: {} };
  const { url, role = "primary", pooled = false, ...rest } = options;
  const address = parseDatabaseUrl(url);
  const pool = new Pool(
    {
      statementTimeoutMs: 15_000,
      maxLifetimeMs: 45 * 60_000,
      acquireTimeoutMs: 3_000,
      queueMax: 1_000,
      prepare: !pooled,
      ...rest,
      pooled,
      address,
      role: requiredRole(address, role),
    },
    parsers,
  );
  return {
    db: drizzle(createDrizzleClient((work) => pool.withConnection(work), parsers)),
    stats: () => pool.stats(),
    withSession: (work) =>
      pool.withConnection((connection) =>
        work({
          db: drizzle(createDrizzleClient((run) => run(connection), parsers)),
          processId: () => connection.processId,
        }),
      ),
    close: () => pool.close(closeTimeoutMs),
  };
}

/** Whether statements on these connections have a time limit, from us or from a pooler. */
export async function hasStatementLimit(db: Db): Promise<boolean> {
  const [row] = await db.execute<{ limit: string }>(
    sql`select current_setting('statement_timeout') as limit`,
  );
  return row?.limit !== "0";
}
