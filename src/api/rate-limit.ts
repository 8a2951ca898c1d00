import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { RateLimited } from "../platform/common-errors.js";
import { limitedAddress } from "../platform/rate-limits.js";
import type { ProvenSession } from "./context.js";

/** Who is counted: the user, or the address of whoever is not logged in. */
export function callerKey(session: ProvenSession | null, address: string): string {
  return session ? `user:${session.userId}` : `address:${limitedAddress(address)}`;
}

export class RateLimit {
  private readonly limiter: RateLimiterMemory;

  constructor(requestsPerMinute: number) {
    this.limiter = new RateLimiterMemory({ points: requestsPerMinute, duration: 60 });
  }

  /** Counts one request. Throws RateLimited when it is one too many. */
  async take(caller: string): Promise<void> {
    try {
      await this.limiter.consume(caller);
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) throw new RateLimited(refusal.msBeforeNext);
      throw refusal;
    }
  }
}
