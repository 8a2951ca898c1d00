import { BlockList, isIP } from "node:net";
import type { FastifyRequest } from "fastify";

/** IPv4 addresses count in their IPv6 form too: ::ffff:127.0.0.1. */
const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

/** Proxies and tunnels add these headers to the requests that they forward. */
const forwardingHeaders = [
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-real-ip",
  "x-client-ip",
  "true-client-ip",
  "cf-connecting-ip",
] as const;

/**
 * Whether a request was made on this machine: it came over the loopback interface and was not forwarded by
 * a proxy. TRUST_PROXY does not matter, because a header can claim any address.
 */
export function isFromThisMachine({ raw, headers, ip }: FastifyRequest): boolean {
  return (
    isLoopback(raw.socket.remoteAddress) &&
    isLoopback(ip) &&
    forwardingHeaders.every((name) => headers[name] === undefined)
  );
}

function isLoopback(address: string | undefined): boolean {
  const version = isIP(address ?? "");
  return version !== 0 && loopback.check(address as string, version === 6 ? "ipv6" : "ipv4");
}
