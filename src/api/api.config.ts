import { z } from "zod";
import { httpUrl, wholeNumber } from "../platform/base/settings.js";
import { trustProxySetting } from "./http/trust-proxy.js";
import { apiLimits } from "./limits.js";

const isOrigin = (text: string) => text === "*" || URL.parse(text)?.origin === text;

/** "any", or the origins. */
const origins = z
  .string()
  .transform((text) => text.split(",").map((origin) => origin.trim().toLowerCase()))
  .refine((all) => all.every(isOrigin), "must be origins without a path, separated by commas, or *")
  .transform((all) => (all.includes("*") ? ("any" as const) : all));

export const apiConfig = z.object({
  PORT: wholeNumber(0, 65_535).default(4000).describe("The port to listen on. 0: any free port."),
  HOST: z.string().min(1).default("127.0.0.1").describe("The address to listen on. 0.0.0.0: all addresses."),
  PUBLIC_URL: httpUrl
    .transform((url) => url.replace(/\/+$/, ""))
    .optional()
    .describe(
      "The base of every URL in responses. It may have a path, which precedes /media/... Unset: http://localhost:PORT.",
    ),
  RATE_LIMIT_PER_MINUTE: wholeNumber(1)
    .default(600)
    .describe("Requests per minute and user (per address when not logged in), over HTTP and WebSocket."),
  CORS_ORIGINS: origins
    .optional()
    .describe(
      "Web pages that may use the API, over HTTP and WebSocket: origins separated by commas (https://app.example.com), or *. The origin of PUBLIC_URL is always allowed. Unset: *, but in production only PUBLIC_URL. Clients that are not web pages are not checked.",
    ),
  SOCKETS_PER_ADDRESS: wholeNumber(1)
    .default(apiLimits.socketsPerAddressMax)
    .describe("Open WebSockets per address and server, for all users together."),
  INTROSPECTION: z
    .enum(["on", "off"])
    .optional()
    .describe("Schema introspection and the explorer at /playground. Unset: on, and off in production."),
  STUDIO: z
    .enum(["on", "off"])
    .default("on")
    .describe("The web studio at /. off: it is left out, and / leads to the explorer, if there is one."),
  TRUSTED_DOCUMENTS: z
    .enum(["off", "only"])
    .default("off")
    .describe(
      "only: the server runs only the operations of the manifest, sent by hash or as text. See docs/trusted-documents.md.",
    ),
  TRUSTED_DOCUMENTS_FILE: z
    .string()
    .transform((text) => text.split(",").map((path) => path.trim()))
    .optional()
    .describe(
      "The manifest: a JSON file, or several separated by commas. Unset: the shipped one, generated from schema/operations.",
    ),
  TRUST_PROXY: trustProxySetting
    .optional()
    .describe(
      "The proxies that are trusted to name the client's address in X-Forwarded-For: addresses and CIDR ranges separated by commas, including loopback, linklocal and uniquelocal; or the number of proxies between the client and this server (1: the one that connects to it); or true for all. true is only safe if a proxy in front overwrites that header, a number only if every connection comes through the proxies. Unset: none.",
    ),
});
