import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startApi } from "../../app/api.js";
import { processConfig } from "../../app/config.js";
import { createApp } from "../../app/create-app.js";
import { loggerFor } from "../../app/run-server.js";
import { Shutdown } from "../../app/shutdown.js";
import { startWorker } from "../../app/worker.js";
import type { Db } from "../../platform/db/index.js";

/** The demo's login code. Its server only listens on this machine and stops afterwards. */
export const demoLoginCode = "135790";

/** Settings that do not come from the environment, so the demo's server shares nothing with a real one. */
const ownSettings = {
  NODE_ENV: "development",
  HOST: "127.0.0.1",
  PORT: "0",
  PUBLIC_URL: "",
  DATABASE_URL: "",
  STORAGE_URL: "",
  REDIS_URL: "",
  AUTH_SECRET: "",
  TRUSTED_DOCUMENTS_FILE: "",
  SMS_PROVIDER: "console",
  SMS_FIXED_CODE: demoLoginCode,
  SIGNUP_CREDITS: "",
  LOG_LEVEL: "error",
};

export interface DemoServer {
  url: string;
  db: Db;
}

/**
 * Runs the work against the whole product on a free port, with temporary data. However the work ends,
 * Ctrl-C included, the product is stopped and its data is gone afterwards.
 */
export async function withDemoServer(work: (server: DemoServer) => Promise<void>): Promise<void> {
  const starting = startDemoServer();
  // A start that is under way is waited for: half of it could not be stopped.
  const stop = async () => {
    process.stderr.write("\nstopping\n");
    await starting.then((server) => server.close()).catch(() => {});
    process.exit(130);
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  const server = await starting;
  try {
    await work(server);
  } finally {
    await server.close();
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

async function startDemoServer(): Promise<DemoServer & { close(): Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), "skyriff-demo-"));
  const config = processConfig({ ...ownSettings, DATA_DIR: dataDir });
  const logger = await loggerFor(config);
  const shutdown = new Shutdown(logger);
  shutdown.onShutdown("the temporary data", () => rm(dataDir, { recursive: true, force: true }));
  try {
    const app = await createApp(config, { database: "own", worker: true }, logger, shutdown);
    const url = await startApi(app, shutdown);
    await startWorker(app, shutdown);
    return { url, db: app.db, close: () => shutdown.close() };
  } catch (error) {
    await shutdown.close();
    throw error;
  }
}
