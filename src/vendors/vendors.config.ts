import { z } from "zod";
import { httpUrl, wholeNumber } from "../platform/base/settings.js";
import { isWebhookSecret } from "../platform/crypto/standard-webhooks.js";

const key = z.string().trim().min(1).optional();
/** Shorter than the time after which a submission counts as lost. */
const callTimeoutMs = wholeNumber(100, 110_000).default(60_000);

const list = z.string().transform((text) => text.split(",").map((item) => item.trim()));

const webhookSecrets = list.refine(
  (secrets) => secrets.every(isWebhookSecret),
  "must be whsec_ and base64, or several such with commas",
);

/** `sora-2=their-name,sora-2-pro=their-other-name` */
const modelNames = list
  .refine(
    (pairs) => pairs.every((pair) => /^[^=\s]+=[^=\s]+$/.test(pair)),
    "must be name=name pairs with commas",
  )
  .transform((pairs) => Object.fromEntries(pairs.map((pair) => pair.split("=") as [string, string])));

export const vendorsSettings = z.object({
  VENDOR: z
    .enum(["dyuapi", "openai", "sandbox"])
    .optional()
    .describe(
      "The vendor that makes the videos. Default: dyuapi if DYUAPI_API_KEY is set, else openai if OPENAI_BASE_URL and OPENAI_API_KEY are set, else sandbox. Other vendors whose keys are set are fallbacks (docs/vendors.md).",
    ),
  DYUAPI_BASE_URL: httpUrl.default("https://api.dyuapi.com").describe("The URL of the DyuAPI vendor."),
  DYUAPI_API_KEY: key.describe("The API key for the DyuAPI vendor."),
  DYUAPI_TIMEOUT_MS: callTimeoutMs.describe(
    "Time limit for one call to the DyuAPI vendor, from connecting to the end of the response, in milliseconds.",
  ),
  OPENAI_BASE_URL: httpUrl
    .optional()
    .describe("The URL of a service with OpenAI's video protocol, with or without /v1 at the end."),
  OPENAI_API_KEY: key.describe("The API key for that service. It has no effect without OPENAI_BASE_URL."),
  OPENAI_TIMEOUT_MS: callTimeoutMs.describe("The same as DYUAPI_TIMEOUT_MS, for that service."),
  OPENAI_MODELS: modelNames
    .optional()
    .describe(
      "Names of that service's models that replace the catalog's: sora-2=their-name,sora-2-pro=their-other-name.",
    ),
  OPENAI_WEBHOOK_SECRET: webhookSecrets
    .optional()
    .describe(
      "The secret with which that service signs its webhooks to /webhooks/openai: whsec_ and base64. A comma-separated list rotates: any of them is accepted. Unset: the route does not exist.",
    ),
  VENDOR_POLL_INTERVAL_MS: wholeNumber(10)
    .optional()
    .describe(
      "Shortest interval between two polls of a task, in milliseconds; it grows from there. Default: 5000 (500 with the sandbox).",
    ),
  SANDBOX_DURATION_MS: wholeNumber(0, 3_600_000)
    .default(4_000)
    .describe("How long the sandbox vendor takes for a video, in milliseconds."),
});

export type VendorsSettings = z.output<typeof vendorsSettings>;

/** The vendor that VENDOR names, else the first whose key is set. */
export function getPrimaryVendor(settings: VendorsSettings): NonNullable<VendorsSettings["VENDOR"]> {
  if (settings.VENDOR) return settings.VENDOR;
  if (settings.DYUAPI_API_KEY) return "dyuapi";
  return settings.OPENAI_BASE_URL && settings.OPENAI_API_KEY ? "openai" : "sandbox";
}

/** Problems that concern several settings at once. In production the sandbox must be named explicitly. */
export function vendorsSettingsProblems(settings: VendorsSettings, production: boolean): string[] {
  const vendor = getPrimaryVendor(settings);
  if (vendor === "sandbox")
    return production && !settings.VENDOR ? ["DYUAPI_API_KEY must be set in production"] : [];
  const needed = {
    dyuapi: ["DYUAPI_API_KEY"],
    openai: ["OPENAI_BASE_URL", "OPENAI_API_KEY"],
  } as const;
  return needed[vendor]
    .filter((name) => settings[name] === undefined)
    .map((name) => `${name} must be set ${production ? "in production" : `when VENDOR is ${vendor}`}`);
}
