import { eq } from "drizzle-orm";
import type { Logger } from "pino";
import { NotFound } from "../../../platform/base/common-errors.js";
import type { Db, Tx } from "../../../platform/db/index.js";
import type { EventBus } from "../../../platform/events/event-bus.js";
import type { Jobs } from "../../../platform/jobs/jobs.js";
import type { Storage } from "../../../platform/storage/storage.js";
import type { VideoWorks } from "../../videos/index.js";
import { crashPoint } from "../works.crash-points.js";
import type { WorkRow } from "../works.graphql.js";
import { workPrefix } from "../works.ids.js";
import { deletePublicationQueue } from "../works.jobs.js";
import { works } from "../works.tables.js";
import { workChanged } from "../works.topics.js";
import { deletePublicFiles, type Publication } from "./publication-files.js";
import { changeWork, findWorkOfVideo, lockWork, updatePublicState } from "./publications.repository.js";

interface TakeOutDependencies {
  db: Db;
  storage: Storage;
  jobs: Jobs;
  bus: EventBus;
  logger: Logger;
}

/** To be called after the commit: deletes the public files, so that their links die, and announces the change. */
type AfterCommit = () => Promise<void>;

/** Takes works out of public view. */
export class TakeOutService implements VideoWorks {
  constructor(private readonly deps: TakeOutDependencies) {}

  /** The author's own wish. A work that is out already stays as it is. Throws NotFound. */
  async unpublish(userId: string, id: string): Promise<string> {
    const workId = workPrefix.toUuid(id);
    const afterCommit = await this.deps.db.transaction(async (tx) => {
      const work = workId && (await lockWork(tx, workId));
      if (!work || work.userId !== userId) throw new NotFound("workId");
      return work.status === "PUBLISHED" ? this.takeOut(tx, work, { status: "UNPUBLISHED" }) : null;
    });
    crashPoint("unpublish-work.committed");
    await afterCommit?.();
    return workId as string;
  }

  /** With the video, for good. */
  async takeOutWithVideo(tx: Tx, videoId: string): Promise<AfterCommit> {
    const found = await findWorkOfVideo(tx, videoId);
    const work = found && (await lockWork(tx, found.id));
    if (!work) return async () => {};
    return this.takeOut(tx, work, { deletedAt: new Date() });
  }

  /** The caller has locked the row. */
  async takeOut(tx: Tx, work: WorkRow, change: Partial<WorkRow>): Promise<AfterCommit> {
    const { jobs, bus, storage, logger } = this.deps;
    const { id, userId, status, publicationId } = work;
    const changed = await changeWork(tx, { id, userId, from: [status] }, { ...change, publicationId: null });
    if (!changed) throw new Error(`work ${id} was not locked`);
    await updatePublicState(tx, work, changed);
    const publication = publicationId && { workId: id, publicationId };
    if (publication) {
      const job = { payload: publication, onceKey: publicationId };
      await jobs.bringForward(tx, deletePublicationQueue, job);
    }
    return async () => {
      bus.publish(workChanged, { workId: id });
      if (!publication) return;
      await deletePublicFiles(storage, publication).catch((err) => {
        logger.warn({ err, workId: id }, "could not delete the public files of a work; a job retries");
      });
      jobs.announce(deletePublicationQueue);
    };
  }

  /** Deletes public files, unless their work still refers to them. */
  async deleteFiles(publication: Publication): Promise<void> {
    const { db, storage } = this.deps;
    const [work] = await db
      .select({ publicationId: works.publicationId })
      .from(works)
      .where(eq(works.id, publication.workId));
    if (work?.publicationId === publication.publicationId) return;
    await deletePublicFiles(storage, publication);
  }
}
