import { GraphQLError } from "graphql";
import type { Logger } from "pino";
import { OperatorError } from "../platform/base/operator-error.js";
import { createLogger } from "../platform/observability/logger.js";
import { startApi } from "./api.js";
import { type Config, processConfig } from "./config.js";
import { createApp } from "./create-app.js";
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
    survivePassedOverErrors(logger);
    const shutdown = new Shutdown(logger);
    shutdownOnSignals(() => shutdown.close(), logger);
    await start(config, roles, logger, shutdown).catch(async (error: unknown) => {
      await shutdown.close();
      throw error;
    });
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/**
 * When an item of a list fails, graphql answers at once and does not wait for the other items. If one of them fails too,
 * its error is an unhandled rejection, which would end the process. Any other unhandled rejection still does.
 */
function survivePassedOverErrors(logger: Logger): void {
  process.on("unhandledRejection", (reason) => {
    if (!(reason instanceof GraphQLError)) throw reason;
    logger.debug({ detail: reason.message }, "a field failed whose answer was sent already");
  });
}

export function loggerFor(config: Config): Promise<Logger> {
  return createLogger({ level: config.LOG_LEVEL, pretty: process.stdout.isTTY === true });
}

async function start(config: Config, roles: Roles, logger: Logger, shutdown: Shutdown): Promise<void> {
  const role = { database: roles.api ? "own" : "join", worker: roles.worker } as const;
  const app = await createApp(config, role, logger, shutdown);
  const address = roles.api ? await startApi(app, shutdown) : null;
  if (roles.worker) await startWorker(app, shutdown);
  const operators = await serveAdmin(app, shutdown);
  if (operators) logger.info(`Operators  ${operators}/healthz ${operators}/readyz ${operators}/metrics`);
  if (!address) {
    logger.info("worker ready");
    return;
  }
  if (config.STUDIO === "on") logger.info(`Studio     ${address}/`);
  logger.info(`GraphQL    ${address}/graphql`);
  logger.info(`WebSocket  ${address.replace(/^http/, "ws")}/graphql`);
  for (const name of app.vendors.webhookSenders) logger.info(`Webhooks   ${address}/webhooks/${name}`);
  if (config.explorer) logger.info(`Explorer   ${address}/playground`);
  else if (config.introspection) logger.info("Explorer   off, for TRUSTED_DOCUMENTS is only");
  const metrics = operators ? "" : ` ${address}/metrics`;
  logger.info(`Health     ${address}/healthz ${address}/readyz${metrics}`);
}
