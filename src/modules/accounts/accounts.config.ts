import { z } from "zod";
import { httpUrl, wholeNumber } from "../../platform/base/settings.js";

export const accountsSettings = z.object({
  SMS_PROVIDER: z
    .enum(["console", "webhook"])
    .default("console")
    .describe("How login codes reach their phone: written to the log, or posted to SMS_WEBHOOK_URL."),
  SMS_WEBHOOK_URL: httpUrl
    .optional()
    .describe("Gets a POST with JSON {phone, code, text} for every login code; any 2xx answer means sent."),
  SMS_CONSOLE_IN_PRODUCTION: z
    .enum(["on", "off"])
    .default("off")
    .describe(
      "on: login codes may be written to the log in production too, where anyone who reads it can log in as anyone. Without it SMS_PROVIDER=console refuses the start there.",
    ),
  SMS_FIXED_CODE: z
    .string()
    .regex(/^\d{6}$/, "must be six digits")
    .optional()
    .describe(
      "Every login code is this one (still asked for first, still single use). Refused in production.",
    ),
  REFRESH_LEEWAY_MS: wholeNumber(0, 600_000)
    .default(10_000)
    .describe(
      "Milliseconds for which a refresh token that was just used may be used once more: by a second tab, or after an answer that got lost. 0: not at all.",
    ),
  LOGIN_CODES_PER_ADDRESS_PER_HOUR: wholeNumber(1, 1_000_000)
    .default(30)
    .describe(
      "Login codes that may be asked for from one address (IPv6: one /64) in an hour. It gets five tries for each.",
    ),
  LOGIN_CODES_PER_HOUR: wholeNumber(1)
    .default(10_000)
    .describe(
      "Login codes that are sent in an hour, to all phones, by all servers: what an attacker with many phones and addresses can cost you.",
    ),
});

export type AccountsSettings = z.output<typeof accountsSettings>;

/** What each setting alone cannot say. Empty when all is well. */
export function accountsSettingsProblems(settings: AccountsSettings, production: boolean): string[] {
  const problems: string[] = [];
  if (settings.SMS_PROVIDER === "webhook" && !settings.SMS_WEBHOOK_URL) {
    problems.push("SMS_WEBHOOK_URL must be set when SMS_PROVIDER is webhook");
  }
  if (settings.SMS_PROVIDER === "console" && settings.SMS_CONSOLE_IN_PRODUCTION === "off" && production) {
    problems.push(
      "SMS_PROVIDER is console, which writes login codes to the log: in production set it to webhook, or SMS_CONSOLE_IN_PRODUCTION to on",
    );
  }
  if (settings.SMS_FIXED_CODE && production) {
    problems.push("SMS_FIXED_CODE must not be set in production");
  }
  return problems;
}
