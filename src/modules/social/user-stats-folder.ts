import type { Logger } from "pino";
import type { Db } from "../../platform/db/index.js";
import { Poller } from "../../platform/jobs/poller.js";
import { foldUserStats, hasUnfoldedStats } from "./user-stats.repository.js";

const intervalMs = 1_000;

/** Folds all changes of the users' counts that are committed now. */
export async function foldAllUserStats(db: Db): Promise<void> {
  while (await hasUnfoldedStats(db)) await db.transaction(foldUserStats);
}

/** In each worker: folds changes of the users' counts into `user_stats` every second, one worker at a time. */
export class UserStatsFolder {
  private readonly poller = new Poller(() => this.fold(), intervalMs);

  constructor(
    private readonly db: Db,
    private readonly logger: Logger,
  ) {}

  stop(): Promise<void> {
    return this.poller.stop();
  }

  private async fold(): Promise<boolean> {
    try {
      return (await hasUnfoldedStats(this.db)) && (await this.db.transaction(foldUserStats));
    } catch (err) {
      this.logger.warn({ err }, "counts of followers could not be folded; the worker tries again in 1 s");
      return false;
    }
  }
}
