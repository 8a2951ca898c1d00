import { RowLoader } from "../../../platform/async/batcher.js";
import type { Clock } from "../../../platform/base/clock.js";
import { NotFound } from "../../../platform/base/common-errors.js";
import type { Db, Tx } from "../../../platform/db/index.js";
import type { EventBus } from "../../../platform/events/event-bus.js";
import { newUuid } from "../../../platform/ids/ids.js";
import { AccountBanned, lockActiveUser } from "../../accounts/index.js";
import { getVideoFolder, videoPrefix } from "../../videos/index.js";
import { crashPoint } from "../works.crash-points.js";
import { AlreadyPublished, WorkRemoved } from "../works.errors.js";
import type { WorkRow } from "../works.graphql.js";
import type { PublishWorkInput } from "../works.inputs.graphql.js";
import { workChanged } from "../works.topics.js";
import { WorkCreator } from "./create-works.js";
import type { NewWork } from "./create-works.repository.js";
import type { PublicationWriter } from "./publication-writer.js";
import {
  changeWork,
  lockOwnVideo,
  lockWork,
  type PublishableVideo,
  publishableVideosByIds,
  updatePublicState,
} from "./publications.repository.js";
import { readSettings } from "./work-settings.js";

interface PublishDependencies {
  db: Db;
  bus: EventBus;
  clock: Clock;
  writer: PublicationWriter;
  worksPerDay: number;
}

/** Publishes videos. */
export class PublishWorkService {
  private readonly videos: RowLoader<PublishableVideo>;
  private readonly creator: WorkCreator;

  constructor(private readonly deps: PublishDependencies) {
    this.videos = new RowLoader((ids) => publishableVideosByIds(deps.db, ids));
    this.creator = new WorkCreator(deps);
  }

  /**
   * Copies the public files, then inserts the work, or brings back the one that its author had taken out. Throws
   * BadUserInput, NotFound, AlreadyPublished, WorkRemoved, TooManyWorks and AccountBanned.
   */
  async publish(userId: string, input: PublishWorkInput): Promise<WorkRow> {
    const { bus, writer } = this.deps;
    const settings = readSettings(input);
    const videoId = videoPrefix.toUuid(input.videoId) ?? notFound();
    const video = await this.videos.load(videoId);
    if (video?.userId !== userId) return notFound();
    const existing = video.work;
    if (existing) assertUnpublished(existing);
    const publication = { workId: existing?.id ?? newUuid(), publicationId: newUuid() };
    const newWork = { ...settings, ...publication, userId, videoId };
    const work = await writer.write(publication, getVideoFolder(video), () =>
      existing ? this.bringBack(newWork) : this.creator.create(newWork),
    );
    if (existing) bus.publish(workChanged, { workId: work.id });
    return work;
  }

  private async bringBack(newWork: NewWork): Promise<WorkRow> {
    const work = await this.deps.db.transaction((tx) => this.updateUnpublished(tx, newWork));
    crashPoint("bring-back-work.committed");
    return work;
  }

  /** Locks the video, then the work, like every transaction that locks both. */
  private async updateUnpublished(
    tx: Tx,
    { workId: id, userId, videoId, ...change }: NewWork,
  ): Promise<WorkRow> {
    if (!(await lockOwnVideo(tx, userId, videoId))) notFound();
    if (!(await lockActiveUser(tx, userId))) throw new AccountBanned();
    const existing = (await lockWork(tx, id)) ?? notFound();
    assertUnpublished(existing);
    const from = { id, userId, from: [existing.status] };
    const work = await changeWork(tx, from, { ...change, status: "PUBLISHED" });
    if (!work) throw new Error(`work ${id} was not locked`);
    await updatePublicState(tx, existing, work);
    return work;
  }
}

function assertUnpublished({ status }: Pick<WorkRow, "status">): void {
  if (status === "REMOVED") throw new WorkRemoved("videoId");
  if (status === "PUBLISHED") throw new AlreadyPublished();
}

function notFound(): never {
  throw new NotFound("videoId");
}
