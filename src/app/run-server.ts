import type { Logger } from "pino";
import { OperatorError } from "../platform/base/operator-error.js";
import { createLogger } from "../platform/observability/logger.js";
import { startApi } from "./api.js";
import { type Config, processConfig } from "./config.js";
import { createAppContext } from "./context.js";
import { serveAdmin } from "./serve-admin.js";
import { Shutdown, shutdownOnSignals } from "./shutdown.js";
import { startWorker } from "./worker.js";

export interface Roles {
  api: boolean;
  worker: boolean;
}

/** Runs until a signal stops it. If settings are invalid, it prints one message and exits with 1. */
export async function runServer(roles: Roles, overrides: Record<string, string> = {}): Promise<void> {
  try {
    const config = processConfig(overrides);
    const logger = await loggerFor(config);
    const closers = new Shutdown(logger);
    shutdownOnSignals(() => closers.close(), logger);
    await start(config, roles, logger, closers).catch(async (error: unknown) => {
      await closers.close();
      throw error;
    });
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

export function loggerFor(config: Config): Promise<Logger> {
  return createLogger({ level: config.LOG_LEVEL, pretty: process.stdout.isTTY === true });
}

async function start(config: Config, roles: Roles, logger: Logger, closers: Shutdown): Promise<void> {
  const core = await createAppContext(
    config,
    { database: roles.api ? "own" : "join", worker: roles.worker },
    logger,
    closers,
  );
  const address = roles.api ? await startApi(core, closers) : null;
  if (roles.worker) await startWorker(core, closers);
  const operators = await serveAdmin(core, closers);
  if (operators) logger.info(`Operators  ${operators}/healthz ${operators}/readyz ${operators}/metrics`);
  if (!address) {
    logger.info("worker ready");
    return;
  }
  logger.info(`GraphQL    ${address}/graphql`);
  logger.info(`WebSocket  ${address.replace(/^http/, "ws")}/graphql`);
  for (const name of core.vendors.webhookSenders) logger.info(`Webhooks   ${address}/webhooks/${name}`);
  if (config.explorer) logger.info(`Explorer   ${address}/playground`);
  else if (config.introspection) logger.info("Explorer   off, for TRUSTED_DOCUMENTS is only");
  const metrics = operators ? "" : ` ${address}/metrics`;
  logger.info(`Health     ${address}/healthz ${address}/readyz${metrics}`);
}
