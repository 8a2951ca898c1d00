import { PgBoss } from "pg-boss";
import type { Db } from "../db/index.js";
import type { EventBus } from "../events/event-bus.js";
import { deadLetterQueue } from "./boss.js";
import { bossDatabase } from "./boss-database.js";

/** A job that failed as often as it may: nobody runs it any more, and nobody has dropped it. */
export interface DeadLetter {
  id: string;
  queue: string;
  /** What the job was about, as it was written. */
  payload: unknown;
  /** How often it was run. */
  runs: number;
  failedAt: Date;
  error: string;
}

/** Shown, tried again or dropped at once, at most. */
export const deadLettersAtOnceMax = 1_000;

/** What an operator does with them. Works beside running servers and without one. */
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
    const found = await this.boss.findJobs(deadLetterQueue, { queued: true, limit: deadLettersAtOnceMax });
    return found.map(({ data, ...job }) => ({
      id: job.id,
      queue: job.sourceName ?? "unknown",
      payload: withoutOrigin(data),
      runs: (job.sourceRetryCount ?? 0) + 1,
      failedAt: new Date(job.createdOn), // Our driver leaves times as text.
      error: wordsOf(job.sourceOutput),
    }));
  }

  /** Puts them back into the queues they came from, with all their tries. Answers how many there were. */
  async retry(ids: string[]): Promise<number> {
    const again = (await this.list()).filter(({ id }) => ids.includes(id));
    if (again.length === 0) return 0;
    const moved = await this.boss.redrive(deadLetterQueue, { ids: again.map(({ id }) => id) });
    for (const queue of new Set(again.map((letter) => letter.queue))) {
      this.bus.publish("jobs-ready", { queue, delayMs: 0 });
    }
    return moved;
  }

  /** Forgets them. Answers how many there were. */
  async drop(ids: string[]): Promise<number> {
    const gone = (await this.list()).filter(({ id }) => ids.includes(id)).map(({ id }) => id);
    if (gone.length > 0) await this.boss.deleteJob(deadLetterQueue, gone);
    return gone.length;
  }

  async close(): Promise<void> {
    await this.boss.stop({ graceful: false });
  }
}

function withoutOrigin(data: unknown): object {
  const { origin: _, ...payload } = (data ?? {}) as { origin?: unknown };
  return payload;
}

function wordsOf(output: object | null): string {
  const { message } = (output ?? {}) as { message?: unknown };
  return typeof message === "string" ? message : JSON.stringify(output);
}
