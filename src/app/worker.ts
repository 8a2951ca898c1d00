import { startWorkers } from "../platform/jobs/worker.js";
import type { App } from "./create-app.js";
import type { Shutdown } from "./shutdown.js";

/** Time for running jobs to finish when the process stops. */
const jobGraceMs = 7_000;

/** The worker: runs the jobs that this process has queues for, until it is closed. */
export async function startWorker(app: App, shutdown: Shutdown): Promise<void> {
  const { jobs, bus, logger, liveness, metrics, moduleList } = app;
  await liveness.start();
  shutdown.onShutdown("the worker's liveness", () => liveness.stop());
  const handlers = moduleList.flatMap((module) => module.jobs ?? []);
  const workers = await startWorkers(handlers, { jobs, bus, logger, jobSeconds: metrics.jobSeconds });
  shutdown.onShutdown("the workers", () => workers.stop(jobGraceMs));
  for (const module of moduleList) {
    const started = module.startWorker?.();
    if (started) shutdown.onShutdown("a module's own worker", () => started.stop());
  }
}
