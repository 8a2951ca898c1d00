import { type LookupAddress, lookup as resolveName } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";

/** The host is, or resolves to, an address outside the public internet. */
export class NonPublicAddressError extends Error {
  constructor(host: string) {
    super(`${host} is not a public address`);
    this.name = new.target.name;
  }
}

/** The only range assigned so far: https://www.iana.org/assignments/ipv6-unicast-address-assignments */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * False for loopback, private, link-local, carrier-grade NAT, multicast and reserved addresses, and for IPv6
 * forms that embed or translate to IPv4.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv6 && !parsed.match(globalUnicast)) return false;
  return parsed.range() === "unicast";
}

/**
 * Throws NonPublicAddressError if the URL's host is an IP address that is not public. A connection to an IP
 * address needs no name lookup, so `resolvePublicAddress` cannot check it.
 */
export function assertPublicHost(url: URL): void {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (ipaddr.isValid(host) && !isPublicAddress(host)) throw new NonPublicAddressError(host);
}

/**
 * A DNS lookup that fails unless all addresses found are public. The connection uses the addresses that were
 * checked, so changing the DNS record in between (DNS rebinding) has no effect.
 */
export const resolvePublicAddress: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const first = addresses?.[0];
    if (error) return callback(error, "", 0);
    if (!first || !addresses.every(({ address }) => isPublicAddress(address)))
      return callback(new NonPublicAddressError(hostname), "", 0);
    if (options.all) return callback(null, addresses);
    callback(null, first.address, first.family);
  });
};
