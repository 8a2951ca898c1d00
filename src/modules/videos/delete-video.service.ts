import type { Clock } from "../../platform/clock.js";
import { NotFound } from "../../platform/common-errors.js";
import { crashPoint } from "../../platform/crash-points.js";
import type { Db } from "../../platform/db.js";
import { publicId, uuidFromPublicId } from "../../platform/ids.js";
import type { Jobs } from "../../platform/jobs.js";
import type { Logger } from "../../platform/logger.js";
import type { Storage } from "../../platform/storage.js";
import { deleteVideoFiles } from "./delete-video-files.js";
import { discardFiles } from "./discard-files.js";
import { deleteFilesQueue } from "./videos.jobs.js";
import { markDeleted } from "./videos.repository.js";

interface Parts {
  db: Db;
  storage: Storage;
  jobs: Jobs;
  clock: Clock;
  logger: Logger;
}

/** Deletes videos: the row stays, since the ledger names it; the files go. */
export class DeleteVideoService {
  constructor(private readonly parts: Parts) {}

  /**
   * Answers with the video's public id when its files are gone, so that every link to it is dead. Where
   * the storage does not let them go, or this process dies first, the job goes on trying. Throws NotFound.
   */
  async delete(userId: string, id: string): Promise<string> {
    const { db, jobs, clock, logger } = this.parts;
    const videoId = uuidFromPublicId("video", id);
    if (!videoId) throw new NotFound("videoId");
    await db.transaction(async (tx) => {
      if (!(await markDeleted(tx, userId, videoId, clock.now()))) throw new NotFound("videoId");
      await discardFiles(tx, jobs, videoId);
    });
    crashPoint("delete-video.committed");
    await this.deleteFiles(videoId).catch((err) => {
      logger.warn({ err, videoId }, "the files of a deleted video are still there; a job goes on trying");
    });
    jobs.announce(deleteFilesQueue);
    return publicId("video", videoId);
  }

  deleteFiles(videoId: string): Promise<void> {
    return deleteVideoFiles(this.parts.storage, videoId);
  }
}
