import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { type Clock, systemClock } from "../../platform/base/clock.js";
import { RateLimited } from "../../platform/base/common-errors.js";
import type { SharedCounter } from "../../platform/rate-limit/shared-counter.js";
import { limitedAddress } from "../../platform/rate-limit/sliding-window.js";

export const rateWindowSec = 60;
/** A server adds its count to the shared count this many times per limit. */
const blocksPerLimit = 40;
/** Callers that one server counts at once. */
export const callersMax = 100_000;

/** The user, or the client's address without a login. */
export function callerKey(session: { userId: string } | null, address: string): string {
  return session ? `user:${session.userId}` : `address:${limitedAddress(address)}`;
}

/** One caller's requests of this minute. */
interface Tally {
  /** The shared count, when this server last added to it. */
  shared: number;
  /** Requests to this server that are not in the shared count yet. */
  unshared: number;
  /** ms since 1970. */
  endsAt: number;
  sharing: Promise<void> | null;
}

interface RateLimitOptions {
  requestsPerMinute: number;
  counter: SharedCounter;
  logger: Logger;
  clock?: Clock;
}

/**
 * Limits requests per caller and minute, over all servers. Each server counts by itself and adds blocks of
 * a fortieth of the limit to the shared count, so most requests cost no statement. One server alone is
 * exact. N servers let at most `limit + 2 × N × (block - 1)` requests pass in one minute: the unshared part
 * of a block each, once from before and once from after the start of a server's own minute. For 600 a
 * minute that is 28 a server. Up to 79 a minute the block is one request, and all is exact. While the
 * shared counter is unavailable, each server limits by its own count.
 */
export class RateLimit {
  private readonly tallies = new LRUCache<string, Tally>({
    max: callersMax,
    dispose: (tally, caller, reason) => {
      if (reason === "evict") this.shareEvicted(caller, tally);
    },
  });
  private readonly max: number;
  private readonly block: number;
  private readonly clock: Clock;
  private failing = false;

  constructor(private readonly options: RateLimitOptions) {
    this.max = options.requestsPerMinute;
    this.block = Math.max(1, Math.floor(this.max / blocksPerLimit));
    this.clock = options.clock ?? systemClock;
  }

  /** Counts one request. Throws RateLimited if it exceeds the limit. */
  async take(caller: string): Promise<void> {
    let tally = this.tally(caller);
    // A request that passed while its caller's block is being shared would be in neither count.
    while (tally.sharing) {
      await tally.sharing;
      tally = this.tally(caller);
    }
    if (tally.shared + tally.unshared >= this.max) throw this.rateLimited(tally);
    tally.unshared += 1;
    if (tally.unshared < this.block) return;
    tally.sharing = this.share(caller, tally);
    await tally.sharing;
    if (tally.shared > this.max) throw this.rateLimited(tally);
  }

  private rateLimited({ endsAt }: Tally): RateLimited {
    return new RateLimited(Math.max(1, endsAt - this.now()));
  }

  private tally(caller: string): Tally {
    const current = this.tallies.get(caller);
    if (current && (current.sharing || this.now() < current.endsAt)) return current;
    const tally = { shared: 0, unshared: 0, endsAt: this.now() + rateWindowSec * 1000, sharing: null };
    this.tallies.set(caller, tally);
    return tally;
  }

  /** Only with more than `callersMax` callers in a minute: after a minute a count is worth nothing. */
  private shareEvicted(caller: string, tally: Tally): void {
    const isCounted = tally.sharing !== null || tally.unshared === 0;
    if (!isCounted && this.now() < tally.endsAt) tally.sharing = this.share(caller, tally);
  }

  private async share(caller: string, tally: Tally): Promise<void> {
    try {
      const { total, msLeft } = await this.options.counter.add(caller, tally.unshared);
      tally.shared = total;
      tally.endsAt = this.now() + msLeft;
      this.failing = false;
    } catch (err) {
      tally.shared += tally.unshared;
      if (!this.failing)
        this.options.logger.warn(
          { err },
          "rate limit: shared counter unavailable; each server limits by its own count",
        );
      this.failing = true;
    } finally {
      tally.unshared = 0;
      tally.sharing = null;
    }
  }

  private now(): number {
    return this.clock.now().getTime();
  }
}
