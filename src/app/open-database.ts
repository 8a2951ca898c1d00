import { setTimeout as sleep } from "node:timers/promises";
import { lockDataDir } from "../platform/data-dir-lock.js";
import { connectionOf, startCluster } from "../platform/embedded-postgres/cluster.js";
import type { Closers } from "./shutdown.js";

/** Another server works on this data directory. */
export class DataDirInUse extends Error {
  constructor(dataDir: string) {
    super(
      `Another SkyRiff server is running on ${dataDir}. Stop it first, or give this one a DATA_DIR of its own (or a DATABASE_URL to share).`,
    );
  }
}

const joinMaxMs = 20_000;

/**
 * The address of the database: DATABASE_URL, or the embedded one. `own`: a server owns its data
 * directory and refuses to share it. `join`: a command uses the running server's database, or starts
 * it for as long as it takes.
 */
export async function openDatabase(
  config: { DATABASE_URL?: string | undefined; DATA_DIR: string },
  mode: "own" | "join",
  closers: Closers,
): Promise<string> {
  if (config.DATABASE_URL) return config.DATABASE_URL;
  for (const giveUpAt = Date.now() + joinMaxMs; ; await sleep(100)) {
    const lock = lockDataDir(config.DATA_DIR);
    if (lock) {
      closers.add("the data directory", () => lock.release());
      const cluster = await startCluster(config.DATA_DIR);
      closers.add("the embedded PostgreSQL", () => cluster.stop());
      return cluster.url;
    }
    if (mode === "own") throw new DataDirInUse(config.DATA_DIR);
    const url = await connectionOf(config.DATA_DIR);
    if (url) return url;
    if (Date.now() > giveUpAt)
      throw new Error(`The server on ${config.DATA_DIR} has no database that answers.`);
  }
}
