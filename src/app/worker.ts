import { accountsJobs } from "../modules/accounts/index.js";
import { mediaJobs } from "../modules/media/index.js";
import {
  TaskDispatcher,
  TasksOfVideos,
  taskJobHandlers,
  type WorkerContext,
} from "../modules/tasks/index.js";
import { DeleteVideoService, VideoFiles, VideoIngests, videosJobs } from "../modules/videos/index.js";
import { Ffmpeg } from "../platform/ffmpeg/ffmpeg.js";
import { startWorkers } from "../platform/jobs/worker.js";
import { WorkerLiveness } from "../platform/jobs/worker-liveness.js";
import type { AppContext } from "./context.js";
import type { Shutdown } from "./shutdown.js";

const ffmpegAtOnceMax = 2;
const ffmpegTimeLimitMs = 5 * 60_000;
/** Time for running jobs to finish when the process stops. */
const jobGraceMs = 7_000;

/** The worker: runs the jobs that this process has queues for, until it is closed. */
export async function startWorker(core: AppContext, closers: Shutdown): Promise<void> {
  const { storage, db, database, bus, jobs, logger } = core;
  const presence = new WorkerLiveness(database.directUrl, db, logger);
  await presence.start();
  closers.onShutdown("the worker's presence", () => presence.stop());
  const files = new VideoFiles({
    storage,
    ffmpeg: new Ffmpeg(core.ffmpegPath, ffmpegAtOnceMax),
    tempDirs: core.scratch,
    ffmpegTimeLimitMs,
  });
  const ingests = new VideoIngests({ db, jobs, logger });
  const workerContext: WorkerContext = { ...core.taskContext, files, ingests, presence };
  const deletions = new DeleteVideoService({
    ...{ db, storage, jobs, clock: core.clock, logger },
    tasks: new TasksOfVideos(bus),
  });
  const handlers = [
    ...taskJobHandlers(workerContext),
    ...accountsJobs(core.accounts),
    ...mediaJobs(core.media),
    ...videosJobs(deletions),
  ];
  const workers = await startWorkers(handlers, { jobs, bus, logger, jobSeconds: core.metrics.jobSeconds });
  closers.onShutdown("the workers", () => workers.stop(jobGraceMs));
  const dispatcher = new TaskDispatcher(workerContext);
  closers.onShutdown("the dispatcher of new tasks", () => dispatcher.stop());
}
