import type { Redis } from "ioredis";
import type { Logger } from "pino";
import type { BatchingBus } from "./batching-bus.js";
import { PostgresBus } from "./postgres-bus.js";
import { RedisBus } from "./redis-bus.js";

/** The bus that the settings choose. It receives events once `listen` has been called. */
export function createBus(
  { directUrl, redis }: { directUrl: string; redis: Redis | null },
  logger: Logger,
): BatchingBus {
  return redis ? new RedisBus(redis, logger) : new PostgresBus(directUrl, logger);
}
