import { setTimeout as sleep } from "node:timers/promises";
import { inArray } from "drizzle-orm";
import type { App } from "../../app/create-app.js";
import { insertMadeTask } from "../../modules/tasks/index.js";
import {
  finishIngest,
  getVideoFolder,
  type Ingest,
  insertVideo,
  VideoIngests,
  videoPrefix,
} from "../../modules/videos/index.js";
import { videos } from "../../modules/videos/videos.tables.js";
import { grant } from "../../modules/wallet/index.js";
import { backdateWork } from "../../modules/works/index.js";
import { works } from "../../modules/works/works.tables.js";
import { concurrently } from "./concurrently.js";
import { Films, type StoredFilm } from "./films.js";
import type { Plan, PlannedWork } from "./plan.js";

/** About as long as the sandbox vendor takes, so that estimates for real tasks stay right. */
const makingMs = 8_000;
const draftMs = 10 * 60_000;

/** Makes the videos that do not exist yet and publishes them. Returns the number of new works. */
export async function seedWorks(
  app: App,
  { works: planned }: Plan,
  { now, onProgress }: { now: Date; onProgress(done: number, count: number): void },
): Promise<number> {
  const existing = await findExisting(app, planned);
  const missing = planned.filter(({ videoId }) => !existing.works.has(videoId));
  const maker = new VideoMaker(app, now);
  let done = 0;
  if (missing.length > 0) onProgress(done, missing.length);
  await concurrently(missing, 4, async (work) => {
    if (!existing.videos.has(work.videoId)) await maker.make(work);
    await publish(app, work, now);
    onProgress(++done, missing.length);
  });
  return missing.length;
}

/** Works that were taken out and videos that were deleted stay as they are. */
async function findExisting(app: App, planned: readonly PlannedWork[]) {
  const ids = planned.map(({ videoId }) => videoId);
  const [made, published] = await Promise.all([
    app.db.select({ id: videos.id, deletedAt: videos.deletedAt }).from(videos).where(inArray(videos.id, ids)),
    app.db.select({ id: works.videoId }).from(works).where(inArray(works.videoId, ids)),
  ]);
  const deleted = made.filter(({ deletedAt }) => deletedAt !== null);
  return {
    videos: new Set(made.map(({ id }) => id)),
    works: new Set([...published, ...deleted].map(({ id }) => id)),
  };
}

class VideoMaker {
  private readonly ingests: VideoIngests;
  private readonly films: Films;
  private readonly order: { model: string; durationSec: number; costCredits: number };

  constructor(
    private readonly app: App,
    private readonly now: Date,
  ) {
    this.ingests = new VideoIngests(app);
    this.order = cheapestOrder(app, now);
    this.films = new Films(app, { durationSec: this.order.durationSec, now });
  }

  /** Stores the files, then the paid task and its video in one transaction, as a worker does. */
  async make(work: PlannedWork): Promise<void> {
    const ingestOnce = (ingest: Ingest) => this.ingest(work, ingest);
    // For 15 s after a killed run, its ingest still counts as active.
    while (!(await this.ingests.run(work.videoId, ingestOnce))) await sleep(1_000);
  }

  private async ingest(work: PlannedWork, ingest: Ingest): Promise<StoredFilm> {
    const folder = getVideoFolder({ id: work.videoId, ingestId: ingest.id });
    const film = await this.films.store(work.film, folder);
    await this.insert(work, ingest, film);
    return film;
  }

  private async insert({ videoId, author, film, ...work }: PlannedWork, ingest: Ingest, stored: StoredFilm) {
    const { model, durationSec, costCredits } = this.order;
    const finishedAt = new Date(this.now.getTime() - work.publishedAgoMs - draftMs);
    const createdAt = new Date(finishedAt.getTime() - makingMs);
    const common = { userId: author.id, durationSec, ratio: film.ratio };
    await this.app.db.transaction(async (tx) => {
      await grant(tx, {
        ...{ userId: author.id, credits: costCredits },
        ...{ reason: "Development data", key: `seed:${videoId}` },
      });
      await insertMadeTask(tx, {
        ...{ id: videoId, ...common, prompt: film.prompt, model, costCredits, createdAt, finishedAt },
      });
      await insertVideo(tx, {
        ...{ id: videoId, taskId: videoId, ...common, createdAt: finishedAt },
        ...{ width: stored.metadata.width, height: stored.metadata.height },
        ...{ byteSize: stored.byteSize, sha256: stored.sha256, madeFiles: stored.madeFiles },
        aiLabel: stored.aiLabel,
        ingestId: ingest.id,
      });
      await finishIngest(tx, ingest);
    });
  }
}

function cheapestOrder({ catalog }: App, now: Date) {
  const offers = catalog
    .models(now)
    .flatMap(({ id, offers }) => offers.map((offer) => ({ ...offer, model: id })))
    .filter(({ hd }) => !hd)
    .toSorted((a, b) => a.credits - b.credits);
  const [offer] = offers;
  if (!offer) throw new Error("the catalog has no model");
  return { model: offer.model, durationSec: offer.durationSec, costCredits: offer.credits };
}

/** The service publishes it now; then its time is changed by SQL, because no service can. */
async function publish(app: App, work: PlannedWork, now: Date): Promise<void> {
  const { title, description, promptPriceCredits, remixable, remixFeeCredits } = work;
  const published = await app.modules.works.publishing.publish(work.author.id, {
    ...{ title, description, promptPriceCredits, remixable, remixFeeCredits },
    videoId: videoPrefix.toPublicId(work.videoId),
  });
  const publishedAt = new Date(now.getTime() - work.publishedAgoMs);
  await app.db.transaction((tx) => backdateWork(tx, published, publishedAt));
}
