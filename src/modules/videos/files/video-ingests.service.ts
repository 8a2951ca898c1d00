import type { Logger } from "pino";
import type { Db, Tx } from "../../../platform/db/index.js";
import { newUuid } from "../../../platform/ids/ids.js";
import type { Jobs } from "../../../platform/jobs/jobs.js";
import { crashPoint } from "../videos.crash-points.js";
import { deleteFilesQueue } from "../videos.jobs.js";
import {
  endAbandonedIngests,
  endIngest,
  type Ingest,
  insertIngest,
  isIngestOfVideo,
} from "./ingests.repository.js";
import { queueFileDeletion } from "./queue-file-deletion.js";
import { startRenewing } from "./renew-ingest.js";

interface VideoIngestsDependencies {
  db: Db;
  jobs: Jobs;
  logger: Logger;
}

/**
 * Decides which worker may write the files of a video. Each ingest writes to its own folder, and a video has at most one
 * active ingest. The files become the video's in the transaction that ends the ingest and inserts the video
 * (`finishIngest`). In every other case they are deleted. A dead worker blocks the next ingest for 15 seconds.
 */
export class VideoIngests {
  constructor(private readonly deps: VideoIngestsDependencies) {}

  /**
   * Runs `work` with a new ingest and returns its result, or null if another ingest of the same video is active.
   * Discards the files unless `work` finished the ingest.
   */
  async run<T extends object>(videoId: string, work: (ingest: Ingest) => Promise<T>): Promise<T | null> {
    const { db, logger } = this.deps;
    const ingest = await this.begin(videoId);
    if (!ingest) return null;
    const stopRenewing = startRenewing(db, ingest, logger);
    try {
      return await work(ingest);
    } finally {
      stopRenewing();
      await this.discardUnlessFinished(ingest).catch((err) =>
        logger.warn({ err, videoId }, "could not discard the files of an ingest; the sweep retries"),
      );
    }
  }

  /** Discards the files of dead ingests. */
  async discardAbandoned(): Promise<void> {
    const { db, jobs, logger } = this.deps;
    const abandoned = await db.transaction(async (tx) => this.discardExpired(tx, null));
    crashPoint("sweep-tasks.ingests-discarded");
    if (abandoned.length === 0) return;
    logger.warn({ ingests: abandoned.length }, "discarded the files of ingests whose workers died");
    jobs.announce(deleteFilesQueue);
  }

  private async begin(videoId: string): Promise<Ingest | null> {
    const ingest = { id: newUuid(), videoId };
    const begun = await this.deps.db.transaction(async (tx) => {
      await this.discardExpired(tx, videoId);
      return insertIngest(tx, ingest);
    });
    crashPoint("ingest-video.ingest-begun");
    return begun ? ingest : null;
  }

  /** Checks the video in the database, because `work` may have finished the ingest and lost the commit's response. */
  private async discardUnlessFinished(ingest: Ingest): Promise<void> {
    const { db, jobs } = this.deps;
    const discarded = await db.transaction(async (tx) => {
      const isUnfinished = (await endIngest(tx, ingest.id)) || !(await isIngestOfVideo(tx, ingest));
      if (isUnfinished) await queueFileDeletion(tx, jobs, { id: ingest.videoId, ingestId: ingest.id });
      return isUnfinished;
    });
    crashPoint("ingest-video.ingest-ended");
    if (discarded) jobs.announce(deleteFilesQueue);
  }

  private async discardExpired(tx: Tx, videoId: string | null): Promise<Ingest[]> {
    const abandoned = await endAbandonedIngests(tx, videoId);
    for (const { id, videoId } of abandoned)
      await queueFileDeletion(tx, this.deps.jobs, { id: videoId, ingestId: id }, { againLater: true });
    return abandoned;
  }
}

/** The ingest was presumed dead and another one may be active, so its files must not become the video's. */
class IngestLost extends Error {}

/** Assigns the ingest's files to the video. Call it in the transaction that inserts the video. */
export async function finishIngest(tx: Tx, ingest: Ingest): Promise<void> {
  if (!(await endIngest(tx, ingest.id))) throw new IngestLost(`the ingest of ${ingest.videoId} was replaced`);
}
