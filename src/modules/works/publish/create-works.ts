import { Batcher } from "../../../platform/async/batcher.js";
import { AppError } from "../../../platform/base/app-error.js";
import type { Clock } from "../../../platform/base/clock.js";
import { NotFound } from "../../../platform/base/common-errors.js";
import { utcDayOf } from "../../../platform/base/utc-day.js";
import { type Db, isSurelyRolledBack } from "../../../platform/db/index.js";
import { AccountBanned } from "../../accounts/index.js";
import { crashPoint } from "../works.crash-points.js";
import { AlreadyPublished, TooManyWorks, WorkRemoved } from "../works.errors.js";
import type { WorkRow } from "../works.graphql.js";
import {
  type CreatedWork,
  insertWorks,
  lockVideo,
  type NewWork,
  tryLockVideos,
} from "./create-works.repository.js";

interface WorkCreatorDependencies {
  db: Db;
  clock: Clock;
  worksPerDay: number;
}

/**
 * Inserts works. Those of different users that come at the same time share a transaction, which waits for no user's or
 * video's lock. A work that it had to skip is then inserted or refused alone.
 */
export class WorkCreator {
  private readonly batcher = new Batcher<NewWork, WorkRow | AppError | null>({
    run: (batch) => this.tryInsertBatch(batch),
    concurrency: 2,
    batchSizeMax: 64,
    exclusiveKey: ({ userId }) => userId,
  });

  constructor(private readonly deps: WorkCreatorDependencies) {}

  /** Throws NotFound, AccountBanned, AlreadyPublished, WorkRemoved and TooManyWorks. */
  async create(newWork: NewWork): Promise<WorkRow> {
    const created = (await this.batcher.add(newWork)) ?? (await this.insert([newWork], lockVideo))[0];
    if (!created) throw new NotFound("videoId");
    if (created instanceof AppError) throw created;
    return created;
  }

  private async tryInsertBatch(batch: readonly NewWork[]): Promise<(WorkRow | AppError | null)[]> {
    try {
      return await this.insert(batch, tryLockVideos);
    } catch (error) {
      // After any other failure the commit may have happened, so nothing is sent a second time.
      if (!isSurelyRolledBack(error)) throw error;
      return batch.map(() => null);
    }
  }

  /** The works, or why they are refused; null for videos that were not locked. */
  private async insert(
    batch: readonly NewWork[],
    lock: typeof tryLockVideos,
  ): Promise<(WorkRow | AppError | null)[]> {
    const { db, clock, worksPerDay } = this.deps;
    const attempts = await db.transaction(async (tx) => {
      const locked = await lock(tx, batch);
      const ofActiveUsers = batch.filter(({ videoId }) => locked.get(videoId));
      const { start: since } = utcDayOf(clock.now());
      const created = await insertWorks(tx, ofActiveUsers, { since, worksPerDay });
      return batch.map(({ videoId }) => {
        if (!locked.has(videoId)) return null;
        const attempt = created.get(videoId);
        return attempt ? (attempt.work ?? this.refusalOf(attempt)) : new AccountBanned();
      });
    });
    crashPoint("publish-work.committed");
    return attempts;
  }

  private refusalOf({ existingStatus }: CreatedWork): AppError {
    const { clock, worksPerDay } = this.deps;
    if (existingStatus === "REMOVED") return new WorkRemoved("videoId");
    if (existingStatus !== null) return new AlreadyPublished();
    return new TooManyWorks(worksPerDay, utcDayOf(clock.now()).end);
  }
}
