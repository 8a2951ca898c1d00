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
/** Any number that nobody else uses: the advisory lock that one migration at a time holds. */
const lockId = 7_719_406_151;

/**
 * Brings the database up to date. Any number of machines may start it at once: one works, the others
 * wait for it and then find nothing to do. The lock ends with its connection.
 */
export async function migrateDatabase(directUrl: string): Promise<void> {
  const database = connectDatabase({
    ...{ url: directUrl, poolSize: 1, applicationName: "skyriff-migrations" },
    // It must work through a pool, to be able to say that this is one.
    ...{ statementMs: 0, pooled: true },
  });
  try {
    await database.withSession(async (session) => {
      await mustBeDirect(session);
      await session.db.execute(sql`select pg_advisory_lock(${lockId})`);
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

/** The database cannot be reached or takes no work when a server or a command begins. No password is named. */
export class DatabaseUnavailable extends OperatorError {
  constructor(cause: unknown) {
    super(`The database is not available: ${innermost(cause)}`, { cause });
  }
}

function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : innermost(error.cause);
}

/** A migration raises this when it meets data that only an operator can correct. */
const refusedCode = "SR001";

/** A migration met data that it must not change by itself. The migration's own message says which. */
export class MigrationRefused extends OperatorError {
  constructor(error: unknown) {
    super(((error as Error).cause as Error | undefined)?.message ?? (error as Error).message);
  }
}

/** The address that should be PostgreSQL's own is a pool's. */
export class NotDirect extends OperatorError {
  constructor() {
    super(
      "The database's address leads to a connection pool. Leave DATABASE_URL as it is, and set DATABASE_DIRECT_URL to the address of PostgreSQL itself.",
    );
  }
}

/**
 * A pool tells its clients a process number of its own making (the protocol's BackendKeyData). Without
 * knowing of the pool we would prepare statements that it hands to other connections, COMMIT among
 * them, and lose transactions in silence.
 */
async function mustBeDirect({ db, processId }: DatabaseSession): Promise<void> {
  const [row] = await db.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  if (row?.pid !== processId()) throw new NotDirect();
}

/** How many of our migrations the database still lacks. */
export async function pendingMigrations(db: Db): Promise<number> {
  const journal = JSON.parse(readFileSync(join(folder, "meta", "_journal.json"), "utf8")) as {
    entries: { when: number }[];
  };
  const [row] = await db.execute<{ table: string | null }>(
    sql`select to_regclass('drizzle.__drizzle_migrations')::text as table`,
  );
  if (!row?.table) return journal.entries.length;
  const [done] = await db.execute<{ last: string | null }>(
    sql`select max(created_at) as last from drizzle.__drizzle_migrations`,
  );
  return journal.entries.filter((entry) => entry.when > Number(done?.last ?? 0)).length;
}
