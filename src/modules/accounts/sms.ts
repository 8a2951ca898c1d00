import type { Logger } from "pino";
import type { Language, LocalizedText } from "../../platform/base/language.js";
import { userAgent } from "../../platform/http/user-agent.js";
import { maskPhone } from "../../platform/observability/logger.js";
import type { AccountsSettings } from "./accounts.config.js";

/** Sends login codes to phones (E.164). Rejects with SmsFailure. */
export interface SmsSender {
  send(phone: string, code: string, language: Language): Promise<void>;
}

/** `surelyNotSent` is false if the message may have been sent despite the error. The text holds no URL and no code. */
export class SmsFailure extends Error {
  override readonly name = "SmsFailure";

  constructor(
    reason: string,
    readonly surelyNotSent: boolean,
  ) {
    super(reason);
  }
}

/** The sender that the settings name. */
export function createSms({ SMS_PROVIDER, SMS_WEBHOOK_URL }: AccountsSettings, logger: Logger): SmsSender {
  if (SMS_PROVIDER === "webhook" && SMS_WEBHOOK_URL) return new WebhookSms(SMS_WEBHOOK_URL);
  return new ConsoleSms(logger);
}

function smsText(code: string): LocalizedText {
  return {
    en: `${code} is your SkyRiff login code, good for 5 minutes. Never give it to anyone.`,
    zh: `【SkyRiff】您的登录验证码是 ${code}，5 分钟内有效，请勿告诉他人。`,
  };
}

/** For development: writes codes to the log. No other code may log a login code. */
export class ConsoleSms implements SmsSender {
  constructor(private readonly logger: Logger) {}

  async send(phone: string, code: string): Promise<void> {
    // Part of the message, because the logger redacts fields named `code`.
    this.logger.info(`login code for ${maskPhone(phone)}: ${code}`);
  }
}

/** Errors before a connection was made, so nothing was sent. */
const noConnection = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Posts JSON {phone, code, text}. A 2xx response within the timeout means sent. Redirects are not followed. */
export class WebhookSms implements SmsSender {
  constructor(
    private readonly url: string,
    private readonly timeoutMs = 10_000,
  ) {}

  async send(phone: string, code: string, language: Language): Promise<void> {
    const response = await this.post({ phone, code, text: smsText(code)[language] });
    // Only the status matters. The body is discarded, and errors while discarding it are ignored.
    await response.body?.cancel().catch(() => {});
    if (!response.ok) throw new SmsFailure(`the SMS webhook responded with status ${response.status}`, true);
  }

  private async post(message: object): Promise<Response> {
    try {
      return await fetch(this.url, {
        method: "POST",
        headers: { "content-type": "application/json", "user-agent": userAgent },
        body: JSON.stringify(message),
        redirect: "manual",
        signal: AbortSignal.timeout(this.timeoutMs),
      });
    } catch (error) {
      const reason = getFailureCode(error);
      throw new SmsFailure(`the SMS webhook did not respond (${reason})`, noConnection.has(reason));
    }
  }
}

/** An error code for the log. The error's message could hold the webhook's URL, which may contain a secret. */
function getFailureCode(error: unknown): string {
  const { cause, name } = error as { cause?: { code?: unknown }; name?: unknown };
  return String(cause?.code ?? name ?? "unknown");
}
