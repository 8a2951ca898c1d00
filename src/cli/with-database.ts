import type { Logger } from "pino";
import { type Config, processConfig } from "../app/config.js";
import { createDatabase } from "../app/create-database.js";
import { loggerFor } from "../app/run-server.js";
import { Shutdown } from "../app/shutdown.js";
import { armCrashPoint } from "../platform/base/fault-injection.js";
import { connectDatabase, type Db } from "../platform/db/index.js";
import { migrateDatabase } from "../platform/db/migrations.js";
import { createBus } from "../platform/events/create-bus.js";
import type { EventBus } from "../platform/events/event-bus.js";
import { connectRedis, redisReady } from "../platform/events/redis.js";

/** The time for a command's events to be sent. Without them, servers find the changes a few seconds later. */
const redisWaitMs = 2_000;

export interface CommandTools {
  config: Config;
  db: Db;
  databaseUrl: string;
  bus: EventBus;
  logger: Logger;
}

/** Runs a command on the database that the settings name, up to date; works beside a running server. */
export async function withDatabase<T>(command: (tools: CommandTools) => Promise<T>): Promise<T> {
  const config = processConfig({ LOG_LEVEL: "warn" });
  armCrashPoint(config.CRASH_AT);
  const logger = await loggerFor(config);
  const closers = new Shutdown(logger);
  try {
    const { url, directUrl, pooled } = await createDatabase(config, "join", closers);
    await migrateDatabase(directUrl);
    const database = connectDatabase({
      url,
      pooled,
      poolSize: 2,
      applicationName: "skyriff-cli",
      statementTimeoutMs: 0,
    });
    closers.onShutdown("the database connections", database.close);
    const redis = config.REDIS_URL ? connectRedis(config.REDIS_URL, logger) : null;
    closers.onShutdown("Redis", () => redis?.disconnect());
    const bus = createBus({ directUrl, redis }, logger);
    closers.onShutdown("the event bus", () => bus.close());
    if (redis) await redisReady(redis, redisWaitMs);
    return await command({ config, db: database.db, databaseUrl: url, bus, logger });
  } finally {
    await closers.close();
  }
}
