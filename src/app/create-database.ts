import { setTimeout as sleep } from "node:timers/promises";
import { OperatorError } from "../platform/base/operator-error.js";
import { findEmbeddedPostgresUrl } from "../platform/embedded-postgres/connection.js";
import { lockDataDir } from "../platform/embedded-postgres/data-dir-lock.js";
import { startEmbeddedPostgres } from "../platform/embedded-postgres/embedded-postgres.js";
import type { Config } from "./config.js";
import type { Shutdown } from "./shutdown.js";

/** Another server works on this data directory. */
export class DataDirInUse extends OperatorError {
  constructor(dataDir: string) {
    super(
      `Another SkyRiff server is running on ${dataDir}. Stop it first, or give this one a DATA_DIR of its own (or a DATABASE_URL to share).`,
    );
  }
}

const joinMaxMs = 20_000;

export interface DatabaseAddress {
  /** For transactions and single statements; may lead to a pool. */
  url: string;
  /** PostgreSQL itself: for what belongs to a session, such as LISTEN, locks of a process, migrations. */
  directUrl: string;
  pooled: boolean;
}

/**
 * The address of the database: DATABASE_URL, or the embedded one. `own`: a server owns its data
 * directory and refuses to share it. `join`: a command uses the running server's database, or starts
 * it for as long as it takes.
 */
export async function createDatabase(
  config: Pick<Config, "DATABASE_URL" | "DATABASE_DIRECT_URL" | "DATA_DIR">,
  mode: "own" | "join",
  shutdown: Shutdown,
): Promise<DatabaseAddress> {
  const { DATABASE_URL: url, DATABASE_DIRECT_URL: directUrl } = config;
  if (url) return { url, directUrl: directUrl ?? url, pooled: directUrl !== undefined };
  for (const giveUpAt = Date.now() + joinMaxMs; ; await sleep(100)) {
    const lock = lockDataDir(config.DATA_DIR);
    if (lock) {
      shutdown.onShutdown("the data directory", () => lock.release());
      const cluster = await startEmbeddedPostgres(config.DATA_DIR);
      shutdown.onShutdown("the embedded PostgreSQL", () => cluster.stop());
      return unpooled(cluster.url);
    }
    if (mode === "own") throw new DataDirInUse(config.DATA_DIR);
    const running = await findEmbeddedPostgresUrl(config.DATA_DIR);
    if (running) return unpooled(running);
    if (Date.now() > giveUpAt)
      throw new Error(`The server on ${config.DATA_DIR} has no database that answers.`);
  }
}

function unpooled(url: string): DatabaseAddress {
  return { url, directUrl: url, pooled: false };
}
