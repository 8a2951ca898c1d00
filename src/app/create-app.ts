import type { Logger } from "pino";
import type { Module } from "../modules/module.js";
import type { Config } from "./config.js";
import { type AppContext, createAppContext, type ProcessRole } from "./context.js";
import { createModules, listModules, type Modules, moduleQueues } from "./modules.js";
import type { Shutdown } from "./shutdown.js";

/** The whole product in one process. `startApi` and `startWorker` make it serve. */
export interface App extends AppContext {
  modules: Modules;
  moduleList: readonly Module[];
}

export async function createApp(
  config: Config,
  role: ProcessRole,
  logger: Logger,
  shutdown: Shutdown,
): Promise<App> {
  const context = await createAppContext(config, { ...role, queues: moduleQueues }, logger, shutdown);
  const modules = await createModules(context, shutdown);
  return { ...context, modules, moduleList: listModules(modules) };
}
