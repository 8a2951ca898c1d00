import { type LookupAddress, lookup as resolveName } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";

/** A name or address that does not lead to the public internet alone. */
export class NotPublicAddress extends Error {
  constructor(host: string) {
    super(`${host} is not a public address`);
    this.name = new.target.name;
  }
}

/** All that is given out so far: https://www.iana.org/assignments/ipv6-unicast-address-assignments */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * Whether an IP address belongs to the public internet: no loopback, private, link-local,
 * carrier-grade NAT, multicast or reserved one, nor an IPv6 form that wraps or translates to IPv4.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv6 && !parsed.match(globalUnicast)) return false;
  return parsed.range() === "unicast";
}

/**
 * Throws NotPublicAddress if a URL's host is a literal address that is not public. A connection to a
 * literal asks no resolver, so that `publicLookup` alone would never see it.
 */
export function refuseLiteralPrivateHost(url: URL): void {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (ipaddr.isValid(host) && !isPublicAddress(host)) throw new NotPublicAddress(host);
}

/**
 * Resolves a name for a connection and fails unless every address found is public. The connection
 * goes to the very addresses that were checked: a name that changes its mind in between gains nothing.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const first = addresses?.[0];
    if (error) return callback(error, "", 0);
    if (!first || !addresses.every(({ address }) => isPublicAddress(address)))
      return callback(new NotPublicAddress(hostname), "", 0);
    if (options.all) return callback(null, addresses);
    callback(null, first.address, first.family);
  });
};
