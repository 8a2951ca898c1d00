import ipaddr from "ipaddr.js";

/** At most `max` events in any `windowMs` milliseconds. */
export interface SlidingLimit {
  max: number;
  windowMs: number;
}

/**
 * How many milliseconds until one more event is allowed; 0 if it is now. `newestFirst` are the times
 * of the events so far; those beyond `max` may be left out.
 */
export function waitMs(newestFirst: readonly Date[], limit: SlidingLimit, now: Date): number {
  const mustBeOver = newestFirst[limit.max - 1];
  return mustBeOver ? Math.max(0, mustBeOver.getTime() + limit.windowMs - now.getTime()) : 0;
}

/**
 * What an address counts as in a limit: an IPv4 address by itself (also when it is written as IPv6),
 * an IPv6 address by its /64, since that is the least that one customer gets (RFC 6177). Anything
 * else counts as written.
 */
export function limitedAddress(address: string): string {
  if (!ipaddr.isValid(address)) return address.slice(0, 64);
  const parsed = ipaddr.process(address);
  if (parsed.kind() === "ipv4") return parsed.toString();
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString().split("%")[0]}/64`);
  return `${network}/64`;
}
