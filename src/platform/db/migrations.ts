import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import { OperatorError } from "../base/operator-error.js";
import {
  connectDatabase,
  type DatabaseSession,
  type Db,
  isDatabaseUnavailable,
  postgresCode,
} from "./index.js";

const folder = fileURLToPath(new URL("../../../schema/migrations", import.meta.url));
/** An arbitrary number: the key of the advisory lock that serializes migrations. */
const migrationLockId = 7_719_406_151;

/**
 * Applies pending migrations. Several machines may start it at the same time: one migrates, the others
 * wait for its lock and then have nothing to do. The lock is released when its connection closes.
 */
export async function migrateDatabase(directUrl: string): Promise<void> {
  const database = connectDatabase({
    ...{ url: directUrl, poolSize: 1, applicationName: "skyriff-migrations" },
    // As for a pooler, so that a pooler can be detected.
    ...{ statementTimeoutMs: 0, pooled: true },
  });
  try {
    await database.withSession(async (session) => {
      await rejectPooler(session);
      await session.db.execute(sql`select pg_advisory_lock(${migrationLockId})`);
      await migrate(session.db, { migrationsFolder: folder }).catch((error: unknown) => {
        throw postgresCode(error) === refusedCode ? new MigrationRefused(error) : error;
      });
    });
  } catch (error) {
    throw isDatabaseUnavailable(error) ? new DatabaseUnavailable(error) : error;
  } finally {
    await database.close();
  }
}

/** A server or command cannot start without the database. The message contains no password. */
export class DatabaseUnavailable extends OperatorError {
  constructor(cause: unknown) {
    super(`The database is not available: ${rootMessage(cause)}`, { cause });
  }
}

function rootMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : rootMessage(error.cause);
}

/** A migration raises this code when it finds data that only an operator can correct. */
const refusedCode = "SR001";

/** A migration found data that it must not change by itself. The migration's own message says which. */
export class MigrationRefused extends OperatorError {
  constructor(error: unknown) {
    super(((error as Error).cause as Error | undefined)?.message ?? (error as Error).message);
  }
}

/** The address that must be PostgreSQL's own is a pooler's. */
export class NotDirect extends OperatorError {
  constructor() {
    super(
      "The database's address leads to a connection pool. Leave DATABASE_URL as it is, and set DATABASE_DIRECT_URL to the address of PostgreSQL itself.",
    );
  }
}

/**
 * A pooler sends its clients a process number of its own (the protocol's BackendKeyData), which differs
 * from the server's. If we took it for PostgreSQL, we would prepare statements, and the pooler would run
 * them, COMMIT among them, on other connections: transactions would be lost without an error.
 */
async function rejectPooler({ db, processId }: DatabaseSession): Promise<void> {
  const [row] = await db.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  if (row?.pid !== processId()) throw new NotDirect();
}

/** How many migrations are not applied yet. */
export async function pendingMigrations(db: Db): Promise<number> {
  const journal = JSON.parse(readFileSync(join(folder, "meta", "_journal.json"), "utf8")) as {
    entries: { when: number }[];
  };
  const [row] = await db.execute<{ table: string | null }>(
    sql`select to_regclass('drizzle.__drizzle_migrations')::text as table`,
  );
  if (!row?.table) return journal.entries.length;
  const [applied] = await db.execute<{ last: string | null }>(
    sql`select max(created_at) as last from drizzle.__drizzle_migrations`,
  );
  return journal.entries.filter((entry) => entry.when > Number(applied?.last ?? 0)).length;
}
