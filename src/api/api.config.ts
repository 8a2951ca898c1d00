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
  PORT: wholeNumber(0, 65_535).default(4000).describe("The port to listen on. 0: a free one."),
  HOST: z.string().min(1).default("127.0.0.1").describe("The address to listen on. 0.0.0.0: all of them."),
  PUBLIC_URL: httpUrl
    .transform((url) => url.replace(/\/+$/, ""))
    .optional()
    .describe(
      "The base of every URL that is handed out. May have a path, which comes before /media/... Unset: http://localhost:PORT.",
    ),
  RATE_LIMIT_PER_MINUTE: wholeNumber(1)
    .default(600)
    .describe(
      "Requests per minute and user (per address when not logged in), over HTTP and WebSocket alike.",
    ),
  CORS_ORIGINS: origins
    .optional()
    .describe(
      "Web pages that may use the API, over HTTP and WebSocket: origins separated by commas (https://app.example.com), or *. PUBLIC_URL's own always may. Unset: *, in production none besides. Who is no web page is not asked.",
    ),
  SOCKETS_PER_ADDRESS: wholeNumber(1)
    .default(apiLimits.socketsPerAddressMax)
    .describe("WebSockets that one address may have open on one server, whosever they are."),
  INTROSPECTION: z
    .enum(["on", "off"])
    .optional()
    .describe("Schema introspection and the explorer at /playground. Unset: on, and off in production."),
  TRUSTED_DOCUMENTS: z
    .enum(["off", "only"])
    .default("off")
    .describe(
      "only: nothing runs but the operations of the manifest, named by their hash or sent word for word. See docs/trusted-documents.md.",
    ),
  TRUSTED_DOCUMENTS_FILE: z
    .string()
    .transform((text) => text.split(",").map((path) => path.trim()))
    .optional()
    .describe(
      "The manifest: a JSON file, or several separated by commas. Unset: the one that ships, made from schema/operations.",
    ),
  TRUST_PROXY: trustProxySetting
    .optional()
    .describe(
      "Which proxies are believed when they name the client's address in X-Forwarded-For: addresses and CIDR ranges separated by commas, loopback, linklocal and uniquelocal among them; or how many proxies there are between the client and this server (1: the one that connects to it); or true for all, which is only right where a proxy in front overwrites that header. A number is right only if nothing reaches this server past its proxies. Unset: none.",
    ),
});

export type ApiConfig = z.infer<typeof apiConfig>;
