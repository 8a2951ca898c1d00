import { type Config, processConfig } from "../app/config.js";
import { openDatabase } from "../app/open-database.js";
import { loggerFor } from "../app/run-server.js";
import { Closers } from "../app/shutdown.js";
import { connectDatabase, type Db } from "../platform/db.js";
import { PostgresBus } from "../platform/events/postgres-bus.js";
import type { EventBus } from "../platform/events.js";
import { migrateDatabase } from "../platform/migrations.js";

export interface CommandTools {
  config: Config;
  db: Db;
  databaseUrl: string;
  bus: EventBus;
}

/** Runs a command on the database that the settings name, up to date; works beside a running server. */
export async function withDatabase<T>(command: (tools: CommandTools) => Promise<T>): Promise<T> {
  const config = processConfig({ LOG_LEVEL: "warn" });
  const logger = await loggerFor(config);
  const closers = new Closers(logger);
  try {
    const databaseUrl = await openDatabase(config, "join", closers);
    await migrateDatabase(databaseUrl);
    const database = connectDatabase({ url: databaseUrl, poolSize: 2, applicationName: "skyriff-cli" });
    closers.add("the database connections", database.close);
    const bus = new PostgresBus(databaseUrl, logger);
    closers.add("the event bus", () => bus.close());
    return await command({ config, db: database.db, databaseUrl, bus });
  } finally {
    await closers.close();
  }
}
