import { z } from "zod";
import { httpUrl, wholeNumber } from "../../platform/base/settings.js";

export const accountsSettings = z.object({
  SMS_PROVIDER: z
    .enum(["console", "webhook"])
    .default("console")
    .describe("How login codes are delivered: written to the log, or posted to SMS_WEBHOOK_URL."),
  SMS_WEBHOOK_URL: httpUrl
    .optional()
    .describe(
      "Receives a POST with JSON {phone, code, text} for every login code. Any 2xx response means sent.",
    ),
  SMS_CONSOLE_IN_PRODUCTION: z
    .enum(["on", "off"])
    .default("off")
    .describe(
      "on: login codes may be written to the log in production, so everyone who can read the log can log in as any user. Without it, a production server with SMS_PROVIDER=console does not start.",
    ),
  SMS_FIXED_CODE: z
    .string()
    .regex(/^\d{6}$/, "must be six digits")
    .optional()
    .describe(
      "A fixed login code for all phones. It must still be requested first and can be used once. Not allowed in production.",
    ),
  REFRESH_LEEWAY_MS: wholeNumber(0, 600_000)
    .default(10_000)
    .describe(
      "Milliseconds within which a used refresh token may be used once more: by a second tab, or after a lost response. 0: never.",
    ),
  LOGIN_CODES_PER_ADDRESS_PER_HOUR: wholeNumber(1, 1_000_000)
    .default(30)
    .describe(
      "Login codes per hour that one address (IPv6: one /64) can request, with five attempts for each.",
    ),
  LOGIN_CODES_PER_HOUR: wholeNumber(1)
    .default(10_000)
    .describe(
      "Login codes per hour that all servers send to all phones. It limits the cost of an attack with many phones and addresses.",
    ),
});

export type AccountsSettings = z.output<typeof accountsSettings>;

/** Problems that concern several settings. Empty if there are none. */
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
