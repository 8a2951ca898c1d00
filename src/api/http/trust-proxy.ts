import { isIP } from "node:net";
import proxyAddr from "@fastify/proxy-addr";
import { z } from "zod";

/** Whether the peer at this address is a trusted proxy. `hop` 0 is the one that is connected to this server. */
export type TrustProxy = (address: string, hop: number) => boolean;

const message =
  "must be true, false, a number of hops, or addresses and ranges separated by commas, loopback, linklocal and uniquelocal among them";

const names = ["loopback", "linklocal", "uniquelocal"];

/** TRUST_PROXY, as a function for Fastify. */
export const trustProxySetting = z.string().transform((text, context): TrustProxy => {
  const trust = parse(text.trim().toLowerCase());
  if (trust) return trust;
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

function parse(text: string): TrustProxy | null {
  if (text === "true") return () => true;
  if (text === "false") return () => false;
  // Fastify would read a number in text as an address.
  if (/^\d+$/.test(text)) return (_address, hop) => hop < Number(text);
  const ranges = text.split(",").map((range) => range.trim());
  if (!ranges.every(isRange)) return null;
  try {
    return proxyAddr.compile(ranges);
  } catch {
    return null;
  }
}

/** The library reads "1" as the address 0.0.0.1. */
function isRange(range: string): boolean {
  return names.includes(range) || isIP(range.split("/")[0] ?? "") !== 0;
}
