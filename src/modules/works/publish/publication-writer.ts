import type { Logger } from "pino";
import { Batcher } from "../../../platform/async/batcher.js";
import { AppError } from "../../../platform/base/app-error.js";
import type { Clock } from "../../../platform/base/clock.js";
import { NotFound } from "../../../platform/base/common-errors.js";
import { OperatorError } from "../../../platform/base/operator-error.js";
import type { Jobs, NewJob } from "../../../platform/jobs/jobs.js";
import { serializeRequestInfo } from "../../../platform/observability/request-info.js";
import { type Storage, StoredFileMissing } from "../../../platform/storage/storage.js";
import { crashPoint } from "../works.crash-points.js";
import { deletePublicationQueue } from "../works.jobs.js";
import { copyPublicFiles, deletePublicFiles, type Publication } from "./publication-files.js";

/** Public files that no work refers to after this time are deleted. Publishing that takes over half of it fails. */
const unfinishedTtlMs = 60 * 60 * 1000;

interface PublicationWriterDependencies {
  storage: Storage;
  jobs: Jobs;
  clock: Clock;
  logger: Logger;
}

/** Makes the public files of works. */
export class PublicationWriter {
  /** Jobs of publications that begin at the same time are inserted by one statement. */
  private readonly discards: Batcher<NewJob<Publication>, undefined>;

  constructor(private readonly deps: PublicationWriterDependencies) {
    this.discards = new Batcher<NewJob<Publication>, undefined>({
      run: async (jobs) => {
        await deps.jobs.enqueueNow(deletePublicationQueue, [...jobs]);
        crashPoint("publish-work.discard-queued");
        return [];
      },
      concurrency: 2,
      batchSizeMax: 100,
    });
  }

  /**
   * Copies the files of a video, then calls `store`, which commits that a work refers to the copies. If the process dies
   * in between, a job deletes them. If `store` refuses with an AppError or OperatorError, they are deleted immediately.
   * Throws NotFound if the video's files are gone.
   */
  async write<T>(publication: Publication, videoFolder: string, store: () => Promise<T>): Promise<T> {
    const { storage, clock, logger } = this.deps;
    await this.discards.add({
      ...{ payload: publication, onceKey: publication.publicationId, delayMs: unfinishedTtlMs },
      origin: serializeRequestInfo(),
    });
    const startedAtMs = clock.now().getTime();
    try {
      await copyPublicFiles(storage, videoFolder, publication);
      if (clock.now().getTime() - startedAtMs > unfinishedTtlMs / 2)
        throw new Error("publishing took too long: its cleanup job could delete the files of the new work");
      return await store();
    } catch (error) {
      const refusal = error instanceof StoredFileMissing ? new NotFound("videoId") : error;
      // After any other error the commit may have succeeded, so only the job can tell.
      if (refusal instanceof AppError || refusal instanceof OperatorError)
        await deletePublicFiles(storage, publication).catch((err) =>
          logger.warn({ err }, "could not delete the files of a refused publication; a job deletes them"),
        );
      throw refusal;
    }
  }
}
