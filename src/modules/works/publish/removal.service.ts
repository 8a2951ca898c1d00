import type { Logger } from "pino";
import type { Clock } from "../../../platform/base/clock.js";
import { NotFound } from "../../../platform/base/common-errors.js";
import { OperatorError } from "../../../platform/base/operator-error.js";
import { parseText } from "../../../platform/base/validation.js";
import type { Db, Tx } from "../../../platform/db/index.js";
import type { EventBus } from "../../../platform/events/event-bus.js";
import { newUuid } from "../../../platform/ids/ids.js";
import type { Jobs } from "../../../platform/jobs/jobs.js";
import type { Storage } from "../../../platform/storage/storage.js";
import { getVideoFolder } from "../../videos/index.js";
import { crashPoint } from "../works.crash-points.js";
import type { WorkRow } from "../works.graphql.js";
import { workPrefix } from "../works.ids.js";
import { workChanged } from "../works.topics.js";
import { PublicationWriter } from "./publication-writer.js";
import {
  changeWork,
  findWork,
  lockOwnVideo,
  lockWork,
  publishableVideosByIds,
  updatePublicState,
} from "./publications.repository.js";
import { TakeOutService } from "./take-out.service.js";

const reasonLength = { min: 1, max: 500 };
const notRemoved = { removedAt: null, removalReason: null, statusBeforeRemoval: null };

export interface RemovalDependencies {
  db: Db;
  clock: Clock;
  bus: EventBus;
  storage: Storage;
  jobs: Jobs;
  logger: Logger;
}

/** `isNew` is false if the work was removed before, in which case nothing has changed. */
export interface Removal {
  work: WorkRow;
  isNew: boolean;
}

/** The video was deleted, and the work with it. */
export class VideoGone extends OperatorError {
  constructor({ id }: Pick<WorkRow, "id">) {
    super(`The video of ${workPrefix.toPublicId(id)} is gone, and the work with it.`);
  }
}

/** The operators' removal of works. Its errors are OperatorErrors, whose messages are sentences for operators. */
export class RemovalService {
  private readonly takeOuts: TakeOutService;
  private readonly writer: PublicationWriter;

  constructor(private readonly deps: RemovalDependencies) {
    this.takeOuts = new TakeOutService(deps);
    this.writer = new PublicationWriter(deps);
  }

  /**
   * Takes a work out of everything; its links stop working. The author sees the reason. Throws BadUserInput for an
   * empty or too long reason.
   */
  async remove(id: string, reason: string): Promise<Removal> {
    const removalReason = parseText("reason", reason, reasonLength);
    const found = await this.find(id);
    const { work, afterCommit } = await this.deps.db.transaction(async (tx) => {
      const work = await this.lock(tx, found);
      if (work.status === "REMOVED") return { work, afterCommit: null };
      const removal = { removalReason, removedAt: this.deps.clock.now(), statusBeforeRemoval: work.status };
      const afterCommit = await this.takeOuts.takeOut(tx, work, { ...removal, status: "REMOVED" });
      return { work, afterCommit };
    });
    if (!afterCommit) return { work, isNew: false };
    crashPoint("remove-work.committed");
    await afterCommit();
    return { work, isNew: true };
  }

  /** Gives a removed work the status that it had, with new links if it was published. `publishedAt` stays. */
  async restore(id: string): Promise<WorkRow> {
    const { db, bus } = this.deps;
    const found = await this.find(id);
    if (found.status !== "REMOVED") throw new OperatorError(`${id} is not removed: it is ${found.status}.`);
    const restored = await (found.statusBeforeRemoval === "PUBLISHED"
      ? this.publishAgain(found)
      : db.transaction((tx) => this.giveBack(tx, found, { status: "UNPUBLISHED", publicationId: null })));
    bus.publish(workChanged, { workId: restored.id });
    return restored;
  }

  private async publishAgain(work: WorkRow): Promise<WorkRow> {
    const publication = { workId: work.id, publicationId: newUuid() };
    const [video] = await publishableVideosByIds(this.deps.db, [work.videoId]);
    if (!video) throw new VideoGone(work);
    const change = { status: "PUBLISHED", publicationId: publication.publicationId } as const;
    return this.writer
      .write(publication, getVideoFolder(video), () =>
        this.deps.db.transaction((tx) => this.giveBack(tx, work, change)),
      )
      .catch((error: unknown) => {
        throw error instanceof NotFound ? new VideoGone(work) : error;
      });
  }

  private async giveBack(
    tx: Tx,
    found: WorkRow,
    change: Pick<WorkRow, "status" | "publicationId">,
  ): Promise<WorkRow> {
    const work = await this.lock(tx, found);
    if (work.status !== "REMOVED" || work.statusBeforeRemoval !== change.status)
      throw new OperatorError(`${workPrefix.toPublicId(work.id)} has changed meanwhile. Run this again.`);
    const from = { id: work.id, userId: work.userId, from: [work.status] };
    const restored = await changeWork(tx, from, { ...notRemoved, ...change });
    if (!restored) throw new Error(`work ${work.id} was not locked`);
    await updatePublicState(tx, work, restored);
    return restored;
  }

  private async find(id: string): Promise<WorkRow> {
    const workId = workPrefix.toUuid(id);
    const work = workId && (await findWork(this.deps.db, workId));
    if (!work) throw new OperatorError(`There is no work ${id}.`);
    if (work.deletedAt) throw new VideoGone(work);
    return work;
  }

  /** The video, then the work, like every transaction that locks both. */
  private async lock(tx: Tx, { id, userId, videoId }: WorkRow): Promise<WorkRow> {
    const work = (await lockOwnVideo(tx, userId, videoId)) && (await lockWork(tx, id));
    if (!work) throw new VideoGone({ id });
    return work;
  }
}
