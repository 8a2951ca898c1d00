import { PgBoss } from "pg-boss";
import type { Db } from "../db/index.js";
import type { EventBus } from "../events/event-bus.js";
import { deadLetterQueue } from "./boss.js";
import { bossDatabase } from "./boss-database.js";
import { jobsReady } from "./jobs.js";

/** A job whose retries are used up. It stays here until an operator retries or deletes it. */
export interface DeadLetter {
  id: string;
  queue: string;
  payload: unknown;
  runs: number;
  failedAt: Date;
  error: string;
}

/** The most that one call lists, retries or deletes. */
const deadLettersMax = 1_000;

/** The operator's commands for dead letters. They work with and without running servers. */
export class DeadLetters {
  private constructor(
    private readonly boss: PgBoss,
    private readonly bus: EventBus,
  ) {}

  static async open(db: Db, bus: EventBus): Promise<DeadLetters> {
    const boss = new PgBoss({
      db: bossDatabase(db),
      supervise: false,
      schedule: false,
      registerInstance: false,
    });
    await boss.start();
    await boss.createQueue(deadLetterQueue);
    return new DeadLetters(boss, bus);
  }

  /** Oldest first. */
  async list(): Promise<DeadLetter[]> {
    const found = await this.boss.findJobs(deadLetterQueue, { queued: true, limit: deadLettersMax });
    return found.map(({ data, ...job }) => ({
      id: job.id,
      queue: job.sourceName ?? "unknown",
      payload: withoutRequestInfo(data),
      runs: (job.sourceRetryCount ?? 0) + 1,
      failedAt: new Date(job.createdOn), // Our driver leaves times as text.
      error: errorMessage(job.sourceOutput),
    }));
  }

  /** Moves them back into their queues, with all their retries. Returns how many were found. */
  async retry(ids: string[]): Promise<number> {
    const letters = await this.find(ids);
    if (letters.length === 0) return 0;
    const moved = await this.boss.redrive(deadLetterQueue, { ids: letters.map(({ id }) => id) });
    for (const queue of new Set(letters.map((letter) => letter.queue))) {
      this.bus.publish(jobsReady, { queue, delayMs: 0 });
    }
    return moved;
  }

  /** Deletes them. Returns how many were found. */
  async drop(ids: string[]): Promise<number> {
    const letters = await this.find(ids);
    if (letters.length > 0)
      await this.boss.deleteJob(
        deadLetterQueue,
        letters.map(({ id }) => id),
      );
    return letters.length;
  }

  async close(): Promise<void> {
    await this.boss.stop({ graceful: false });
  }

  private async find(ids: readonly string[]): Promise<DeadLetter[]> {
    return (await this.list()).filter(({ id }) => ids.includes(id));
  }
}

function withoutRequestInfo(data: unknown): object {
  const { origin: _, ...payload } = (data ?? {}) as { origin?: unknown };
  return payload;
}

function errorMessage(output: object | null): string {
  const { message } = (output ?? {}) as { message?: unknown };
  return typeof message === "string" ? message : JSON.stringify(output);
}
