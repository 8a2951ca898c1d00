import type { Logger } from "pino";
import { type Clock, systemClock } from "../../platform/base/clock.js";
import { RateLimited } from "../../platform/base/common-errors.js";
import type { SharedCounter } from "../../platform/rate-limit/shared-counter.js";
import { limitedAddress } from "../../platform/rate-limit/sliding-window.js";
import type { ProvenSession } from "./context.js";

export const rateWindowSec = 60;
/** The part of the limit that a server lets pass before it asks what the others have counted. */
const blocksPerLimit = 40;
/** Callers remembered at once; of whom was seen longest ago a server forgets what it has not shared yet. */
const callersMax = 100_000;

/** Who is counted: the user, or the address of whoever is not logged in. */
export function callerKey(session: Pick<ProvenSession, "userId"> | null, address: string): string {
  return session ? `user:${session.userId}` : `address:${limitedAddress(address)}`;
}

/** One caller's requests of this minute. */
interface Tally {
  /** By all servers, as far as this one has heard. */
  shared: number;
  /** By this server, which has not told the others yet. */
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
 * Requests per caller and minute, over all servers. Each server counts by itself and tells the others
 * in blocks of a fortieth of the limit, so most requests cost no word to anybody. One server alone is
 * exact. N servers let at most `limit + 2 × N × (block - 1)` requests pass in one minute: what each has
 * not told yet, once from before and once from after its own minute began anew. For 600 a minute that
 * is 28 a server; up to 79 a minute the block is one request, and all is exact. While the counts are
 * away each server goes on by itself.
 */
export class RateLimit {
  private readonly tallies = new Map<string, Tally>();
  private readonly max: number;
  private readonly block: number;
  private readonly clock: Clock;
  private failing = false;

  constructor(private readonly parts: RateLimitOptions) {
    this.max = parts.requestsPerMinute;
    this.block = Math.max(1, Math.floor(this.max / blocksPerLimit));
    this.clock = parts.clock ?? systemClock;
  }

  /** Counts one request. Throws RateLimited when it is one too many. */
  async take(caller: string): Promise<void> {
    let tally = this.tallyOf(caller);
    // Whoever passed while a block is on its way would be counted by nobody for now.
    while (tally.sharing) {
      await tally.sharing;
      tally = this.tallyOf(caller);
    }
    if (tally.shared + tally.unshared >= this.max) throw this.refusal(tally);
    tally.unshared += 1;
    if (tally.unshared < this.block) return;
    tally.sharing = this.share(caller, tally);
    await tally.sharing;
    if (tally.shared > this.max) throw this.refusal(tally);
  }

  private refusal({ endsAt }: Tally): RateLimited {
    return new RateLimited(Math.max(1, endsAt - this.clock.now().getTime()));
  }

  private tallyOf(caller: string): Tally {
    const now = this.clock.now().getTime();
    const known = this.tallies.get(caller);
    if (known && (known.sharing || now < known.endsAt)) return known;
    if (known)
      this.tallies.delete(caller); // To come last again: the oldest stand first.
    else if (this.tallies.size >= callersMax) this.forgetOldest();
    const tally = { shared: 0, unshared: 0, endsAt: now + rateWindowSec * 1000, sharing: null };
    this.tallies.set(caller, tally);
    return tally;
  }

  private forgetOldest(): void {
    for (const oldest of this.tallies.keys()) {
      this.tallies.delete(oldest);
      break;
    }
  }

  private async share(caller: string, tally: Tally): Promise<void> {
    try {
      const { total, msLeft } = await this.parts.counter.add(caller, tally.unshared);
      tally.shared = total;
      tally.endsAt = this.clock.now().getTime() + msLeft;
      this.failing = false;
    } catch (err) {
      tally.shared += tally.unshared;
      if (!this.failing) this.parts.logger.warn({ err }, "requests are counted by each server alone");
      this.failing = true;
    } finally {
      tally.unshared = 0;
      tally.sharing = null;
    }
  }
}
