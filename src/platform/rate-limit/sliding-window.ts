import ipaddr from "ipaddr.js";

/** At most `max` events in any `windowMs` milliseconds. */
export interface SlidingLimit {
  max: number;
  windowMs: number;
}

/**
 * Milliseconds until one more event is allowed; 0 if it is allowed now. `newestFirst` holds the times of
 * at least the last `max` events.
 */
export function waitMs(newestFirst: readonly Date[], limit: SlidingLimit, now: Date): number {
  const oldest = newestFirst[limit.max - 1];
  return oldest ? Math.max(0, oldest.getTime() + limit.windowMs - now.getTime()) : 0;
}

/**
 * The key of an address in a rate limit: an IPv4 address itself (also when mapped to IPv6), or the /64 of
 * an IPv6 address, which is the smallest network that a customer gets (RFC 6177). Other texts are used
 * as they are.
 */
export function limitedAddress(address: string): string {
  if (!ipaddr.isValid(address)) return address.slice(0, 64);
  const parsed = ipaddr.process(address);
  if (parsed.kind() === "ipv4") return parsed.toString();
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString().split("%")[0]}/64`);
  return `${network}/64`;
}
