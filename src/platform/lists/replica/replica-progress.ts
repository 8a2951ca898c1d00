import { sql } from "drizzle-orm";
import type { Logger } from "pino";
import { singleFlight } from "../../async/single-flight.js";
import type { Db } from "../../db/index.js";
import { walPosition } from "./wal-position.js";

const checkIntervalMs = 250;
/** A replica whose last successful check is older is not used. */
const checkAgeMaxMs = 3_000;

/** How far lists may be out of date. A replica that lags more is not used. */
export const replicaLagMaxMs = 30_000;

interface Sample {
  position: bigint;
  takenAtMs: number;
}

interface ReplicaProgressOptions {
  primary: Db;
  replica: Db;
  logger: Logger;
  lagMaxMs: number;
}

/**
 * Tracks how much the replica has replayed. The primary's position in its write-ahead log is sampled four
 * times a second. All commits before a sample are on the replica once it has replayed the sample's position.
 */
export class ReplicaProgress {
  private samples: Sample[] = [];
  private replayed = 0n;
  private coveredUntilMs = Number.NEGATIVE_INFINITY;
  private checkedAtMs = Number.NEGATIVE_INFINITY;
  private healthLogged = true;
  private latestCheck: Promise<void> = Promise.resolve();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly options: ReplicaProgressOptions) {
    const check = singleFlight(() => this.checkNow().catch((err: unknown) => this.failed(err)));
    const startCheck = () => {
      this.latestCheck = check();
    };
    this.timer = setInterval(startCheck, checkIntervalMs);
    startCheck();
  }

  /** True if the replica is available and not too far behind. */
  isUsable(): boolean {
    const now = performance.now();
    return now - this.checkedAtMs <= checkAgeMaxMs && now - this.coveredUntilMs <= this.options.lagMaxMs;
  }

  hasReplayed(position: bigint): boolean {
    return position <= this.replayed;
  }

  /** True if the replica has all commits up to `ms`, in this process's `performance.now()`. */
  hasReplayedUntil(ms: number): boolean {
    return ms <= this.coveredUntilMs;
  }

  /** Call it after a failed read: the replica is not used until a check succeeds. */
  failed(err: unknown): void {
    this.checkedAtMs = Number.NEGATIVE_INFINITY;
    this.logHealth(false, err);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.latestCheck;
  }

  private async checkNow(): Promise<void> {
    try {
      await this.samplePrimary();
    } catch {
      return; // Without the primary, the replica's lag is unknown.
    }
    const [replica] = await this.options.replica.execute<{ standby: boolean; replayed: string | null }>(
      sql`select pg_is_in_recovery() as standby, pg_last_wal_replay_lsn()::text as replayed`,
    );
    // A promoted replica has its own timeline.
    if (!replica?.standby || replica.replayed === null) throw new Error("the server is not a replica");
    this.replayed = walPosition(replica.replayed);
    const done = this.samples.filter(({ position }) => position <= this.replayed);
    this.coveredUntilMs = done.at(-1)?.takenAtMs ?? this.coveredUntilMs;
    this.samples = this.samples.slice(done.length);
    this.checkedAtMs = performance.now();
    this.logHealth(true);
  }

  private async samplePrimary(): Promise<void> {
    const takenAtMs = performance.now();
    const [primary] = await this.options.primary.execute<{ position: string }>(
      sql`select pg_current_wal_insert_lsn()::text as position`,
    );
    this.samples.push({ position: walPosition(primary?.position ?? "0/0"), takenAtMs });
    // A replica that has only replayed an older sample is not used.
    const oldestUsefulMs = takenAtMs - this.options.lagMaxMs;
    this.samples = this.samples.filter((sample) => sample.takenAtMs >= oldestUsefulMs);
  }

  private logHealth(isHealthy: boolean, err?: unknown): void {
    if (isHealthy === this.healthLogged) return;
    this.healthLogged = isHealthy;
    if (isHealthy) this.options.logger.info("the read replica is available again");
    else
      this.options.logger.warn({ err }, "the read replica is unavailable; lists are read from the primary");
  }
}
