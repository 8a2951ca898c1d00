import type { Logger } from "pino";
import type { Clock } from "../../platform/base/clock.js";
import { NotFound } from "../../platform/base/common-errors.js";
import type { Db } from "../../platform/db/index.js";
import type { Jobs } from "../../platform/jobs/jobs.js";
import type { Storage } from "../../platform/storage/storage.js";
import { deleteVideoFiles } from "./files/delete-video-files.js";
import { queueFileDeletion } from "./files/queue-file-deletion.js";
import { getVideoFolder } from "./files/video-keys.js";
import type { VideoTasks } from "./video-tasks.js";
import type { VideoWorks } from "./video-works.js";
import { crashPoint } from "./videos.crash-points.js";
import type { DeleteVideoPayload } from "./videos.graphql.js";
import { videoPrefix } from "./videos.ids.js";
import { deleteFilesQueue } from "./videos.jobs.js";
import { markDeleted, videosByIds } from "./videos.repository.js";

interface DeleteVideoDependencies {
  db: Db;
  storage: Storage;
  jobs: Jobs;
  clock: Clock;
  logger: Logger;
  tasks: VideoTasks;
  works: VideoWorks;
}

/** Deletes videos. The row stays because the ledger refers to it; the files are deleted. */
export class DeleteVideoService {
  constructor(private readonly deps: DeleteVideoDependencies) {}

  /**
   * Returns after the video's files are deleted, so that every link to them is dead. If the storage fails or this
   * process dies first, a job retries the deletion. Throws NotFound.
   */
  async delete(userId: string, id: string): Promise<DeleteVideoPayload> {
    const { db, jobs, clock, logger, tasks, works } = this.deps;
    const videoId = videoPrefix.toUuid(id);
    if (!videoId) throw new NotFound("videoId");
    const { video, announce, takeOutFiles } = await db.transaction(async (tx) => {
      const video = await markDeleted(tx, userId, videoId, clock.now());
      if (!video) throw new NotFound("videoId");
      const takeOutFiles = await works.takeOutWithVideo(tx, videoId);
      const announce = await tasks.detachVideo(tx, video.taskId);
      await queueFileDeletion(tx, jobs, video);
      return { video, announce, takeOutFiles };
    });
    crashPoint("delete-video.committed");
    await this.deleteFiles(video).catch((err) => {
      logger.warn({ err, videoId }, "could not delete the files of a deleted video; a job retries");
    });
    await takeOutFiles();
    jobs.announce(deleteFilesQueue);
    announce();
    return {
      deletedVideoId: videoPrefix.toPublicId(videoId),
      taskId: video.taskId,
      projectId: video.projectId,
    };
  }

  /** Deletes the files in a folder, unless a video that is not deleted refers to it. */
  async deleteFiles(folder: { id: string; ingestId: string | null }): Promise<void> {
    const { db, storage, logger } = this.deps;
    const [video] = await videosByIds(db, [folder.id]);
    if (video && !video.deletedAt && getVideoFolder(video) === getVideoFolder(folder)) {
      logger.error(
        { videoId: video.id },
        "file deletion skipped: the video is not deleted and still refers to these files",
      );
      return;
    }
    await deleteVideoFiles(storage, getVideoFolder(folder));
  }
}
