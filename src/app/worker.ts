import { accountsJobs } from "../modules/accounts/index.js";
import { mediaJobs } from "../modules/media/index.js";
import { HandOut, TasksOfVideos, taskJobHandlers, type WorkerSaga } from "../modules/tasks/index.js";
import { DeleteVideoService, VideoFiles, VideoIngests, videosJobs } from "../modules/videos/index.js";
import { Ffmpeg } from "../platform/ffmpeg/ffmpeg.js";
import { startWorkers } from "../platform/jobs/worker.js";
import { WorkerPresence } from "../platform/jobs/worker-liveness.js";
import type { Core } from "./context.js";
import type { Closers } from "./shutdown.js";

const ffmpegAtOnceMax = 2;
const ffmpegTimeLimitMs = 5 * 60_000;
/** What running jobs get to end when the process stops. */
const jobGraceMs = 7_000;

/** The worker: runs the jobs that this process has queues for, until it is closed. */
export async function startWorker(core: Core, closers: Closers): Promise<void> {
  const { storage, db, database, bus, jobs, logger } = core;
  const presence = new WorkerPresence(database.directUrl, db, logger);
  await presence.start();
  closers.add("the worker's presence", () => presence.stop());
  const files = new VideoFiles({
    storage,
    ffmpeg: new Ffmpeg(core.ffmpegPath, ffmpegAtOnceMax),
    scratch: core.scratch,
    ffmpegTimeLimitMs,
  });
  const ingests = new VideoIngests({ db, jobs, logger });
  const saga: WorkerSaga = { ...core.saga, files, ingests, presence };
  const deletions = new DeleteVideoService({
    ...{ db, storage, jobs, clock: core.clock, logger },
    tasks: new TasksOfVideos(bus),
  });
  const handlers = [
    ...taskJobHandlers(saga),
    ...accountsJobs(core.accounts),
    ...mediaJobs(core.media),
    ...videosJobs(deletions),
  ];
  const workers = await startWorkers(handlers, jobs, bus, logger, core.metrics);
  closers.add("the workers", () => workers.stop(jobGraceMs));
  const handOut = new HandOut(saga);
  closers.add("the hand-out of new tasks", () => handOut.stop());
}
