import { sql } from "drizzle-orm";
import type { Logger } from "pino";
import { singleFlight } from "../../async/single-flight.js";
import type { Db } from "../../db/index.js";
import { walPosition } from "./wal-position.js";

const checkIntervalMs = 250;
/** A replica that has not been seen for this long is not asked. */
const unseenMaxMs = 3_000;

/** How long a list may be out of date. A replica that lags by more is not asked by anybody. */
export const replicaLagMaxMs = 30_000;

interface Sample {
  position: bigint;
  takenAtMs: number;
}

interface ReplicaProgressParts {
  primary: Db;
  replica: Db;
  logger: Logger;
  lagMaxMs: number;
}

/**
 * How far the replica has come. The primary's position in its write-ahead log is sampled a few times a
 * second; whatever was committed before a sample was taken is on the replica once it has replayed that
 * position.
 */
export class ReplicaProgress {
  private samples: Sample[] = [];
  private replayed = 0n;
  private coveredUntilMs = Number.NEGATIVE_INFINITY;
  private seenAtMs = Number.NEGATIVE_INFINITY;
  private healthLogged = true;
  private latestCheck: Promise<void> = Promise.resolve();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly parts: ReplicaProgressParts) {
    const look = singleFlight(() => this.checkNow().catch((err: unknown) => this.failed(err)));
    const lookNext = () => {
      this.latestCheck = look();
    };
    this.timer = setInterval(lookNext, checkIntervalMs);
    lookNext();
  }

  /** Whether it is there, and not too far behind for anybody. */
  isUsable(): boolean {
    const now = performance.now();
    return now - this.seenAtMs <= unseenMaxMs && now - this.coveredUntilMs <= this.parts.lagMaxMs;
  }

  hasReplayed(position: bigint): boolean {
    return position <= this.replayed;
  }

  /** Whether everything is there that was committed by then, in this process's `performance.now()`. */
  hasReplayedUntil(ms: number): boolean {
    return ms <= this.coveredUntilMs;
  }

  /** A read there failed: nobody asks it again before it has answered here. */
  failed(err: unknown): void {
    this.seenAtMs = Number.NEGATIVE_INFINITY;
    this.say(false, err);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.latestCheck;
  }

  private async checkNow(): Promise<void> {
    try {
      await this.samplePrimary();
    } catch {
      return; // Without its primary a replica tells nothing of how late it is.
    }
    const [replica] = await this.parts.replica.execute<{ standby: boolean; replayed: string | null }>(
      sql`select pg_is_in_recovery() as standby, pg_last_wal_replay_lsn()::text as replayed`,
    );
    // A replica that was promoted goes its own way.
    if (!replica?.standby || replica.replayed === null) throw new Error("this is no replica");
    this.replayed = walPosition(replica.replayed);
    const done = this.samples.filter(({ position }) => position <= this.replayed);
    this.coveredUntilMs = done.at(-1)?.takenAtMs ?? this.coveredUntilMs;
    this.samples = this.samples.slice(done.length);
    this.seenAtMs = performance.now();
    this.say(true);
  }

  private async samplePrimary(): Promise<void> {
    const takenAtMs = performance.now();
    const [primary] = await this.parts.primary.execute<{ position: string }>(
      sql`select pg_current_wal_insert_lsn()::text as position`,
    );
    this.samples.push({ position: walPosition(primary?.position ?? "0/0"), takenAtMs });
    // A replica that has only come to one that is so old is not asked.
    const oldestUsefulMs = takenAtMs - this.parts.lagMaxMs;
    this.samples = this.samples.filter((sample) => sample.takenAtMs >= oldestUsefulMs);
  }

  private say(well: boolean, err?: unknown): void {
    if (well === this.healthLogged) return;
    this.healthLogged = well;
    if (well) this.parts.logger.info("the read replica is back");
    else this.parts.logger.warn({ err }, "the read replica is away; lists are read from the primary");
  }
}
