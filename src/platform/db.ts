import { type ExtractTablesWithRelations, type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgTransaction } from "drizzle-orm/pg-core";
import { drizzle, type PostgresJsDatabase, type PostgresJsQueryResultHKT } from "drizzle-orm/postgres-js";
import postgres from "postgres";

type NoSchema = Record<string, never>;

export type Db = PostgresJsDatabase<NoSchema>;
export type Tx = PgTransaction<PostgresJsQueryResultHKT, NoSchema, ExtractTablesWithRelations<NoSchema>>;
/** For what only reads, or writes one statement: works in a transaction and without one. */
export type Queryable = Db | Tx;

export interface Database {
  db: Db;
  /** Ends all connections; running statements get five seconds. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  url: string;
  poolSize: number;
  applicationName: string;
}

export function connectDatabase(options: DatabaseOptions): Database {
  const client = postgres(options.url, {
    max: options.poolSize,
    connect_timeout: 5,
    idle_timeout: 60,
    onnotice: () => {},
    connection: {
      application_name: options.applicationName,
      statement_timeout: 15_000,
      lock_timeout: 10_000,
      // No transaction of ours waits for anything but the database; one that does must not hold its locks for ever.
      idle_in_transaction_session_timeout: 30_000,
    },
  });
  return { db: drizzle(alwaysPrepared(client)), close: () => client.end({ timeout: 5 }) };
}

/**
 * drizzle has each statement planned anew unless it is given a name. A server asks the same few again
 * and again, so PostgreSQL parses and plans each once per connection.
 */
function alwaysPrepared<Client extends postgres.Sql | postgres.TransactionSql>(client: Client): Client {
  const { unsafe } = client;
  client.unsafe = ((text, parameters, options) =>
    unsafe(text, parameters, { ...options, prepare: true })) as Client["unsafe"];
  for (const method of ["begin", "savepoint"] as const) {
    const open = (client as unknown as Record<string, Opener | undefined>)[method];
    if (!open) continue;
    const prepared: Opener = (...args) => {
      const work = args.pop() as (tx: postgres.TransactionSql) => Promise<unknown>;
      return open(...args, (tx: postgres.TransactionSql) => work(alwaysPrepared(tx)));
    };
    Object.assign(client, { [method]: prepared });
  }
  return client;
}

type Opener = (...args: unknown[]) => Promise<unknown>;

/** Whether the column is one of these UUIDs: one statement, prepared once, however many they are. */
export function isAnyOf(column: PgColumn, uuids: readonly string[]): SQL {
  return sql`${column} = any(${sql.param([...uuids])}::uuid[])`;
}

/** A PostgreSQL error's five-letter code, wherever the driver and the query builder hid it. */
export function postgresCode(error: unknown): string | null {
  for (let e = error; e instanceof Error; e = e.cause) {
    const code = (e as { code?: unknown }).code;
    if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)) return code;
  }
  return null;
}
