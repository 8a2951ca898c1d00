import type { Logger } from "pino";
import { lockForTransaction } from "../../../platform/db/advisory-lock.js";
import type { Db } from "../../../platform/db/index.js";
import type { EventBus } from "../../../platform/events/event-bus.js";
import { Poller } from "../../../platform/jobs/poller.js";
import { workChanged } from "../works.topics.js";
import { addDeltas } from "./deltas.repository.js";

const intervalMs = 1_000;

/** Keeps the counts of works up to date. Reactions only write deltas, so that they never wait for a work's row. */
export class WorkCounts {
  constructor(
    private readonly db: Db,
    private readonly bus: EventBus,
    private readonly logger: Logger,
  ) {}

  /** Adds waiting deltas and announces the works. */
  async update(): Promise<void> {
    await this.addSome();
  }

  /** Adds all deltas that are committed now. */
  async updateAll(): Promise<void> {
    while ((await this.addSome()) > 0);
  }

  /** One transaction at a time, so that no two wait for each other's rows. Returns the number of works. */
  private async addSome(): Promise<number> {
    const workIds = await this.db.transaction(async (tx) => {
      await lockForTransaction(tx, "work-counts");
      return addDeltas(tx);
    });
    this.bus.publish(workChanged, ...workIds.map((workId) => ({ workId })));
    return workIds.length;
  }

  /** Updates the counts every second. */
  start(): { stop(): Promise<void> } {
    return new Poller(async () => {
      await this.update().catch((err: unknown) =>
        this.logger.warn({ err }, "the counts of works could not be updated; the next try is in 1 s"),
      );
      return false;
    }, intervalMs);
  }
}
