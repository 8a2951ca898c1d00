import type { Logger } from "pino";
import type { Language, LocalizedText } from "../../platform/base/language.js";
import { userAgent } from "../../platform/http/user-agent.js";
import { maskPhone } from "../../platform/observability/logger.js";

/** Brings a login code to a phone (E.164). Rejects with SmsFailure. */
export interface SmsSender {
  send(phone: string, code: string, language: Language): Promise<void>;
}

/** `surelyNotSent` is false when the message may be on its way all the same. Says no address or code. */
export class SmsFailure extends Error {
  override readonly name = "SmsFailure";

  constructor(
    reason: string,
    readonly surelyNotSent: boolean,
  ) {
    super(reason);
  }
}

function smsText(code: string): LocalizedText {
  return {
    en: `${code} is your SkyRiff login code, good for 5 minutes. Never give it to anyone.`,
    zh: `【SkyRiff】您的登录验证码是 ${code}，5 分钟内有效，请勿告诉他人。`,
  };
}

/** For development: the log is the phone. The one place where a code may be logged. */
export class ConsoleSms implements SmsSender {
  constructor(private readonly logger: Logger) {}

  async send(phone: string, code: string): Promise<void> {
    // In the message and not in a field, because fields named `code` are cut out of every log line.
    this.logger.info(`login code for ${maskPhone(phone)}: ${code}`);
  }
}

/** Nothing was sent when there never was a connection. */
const noConnection = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Posts JSON {phone, code, text}. A 2xx answer within the time-out means sent; redirects are not followed. */
export class WebhookSms implements SmsSender {
  constructor(
    private readonly url: string,
    private readonly timeoutMs = 10_000,
  ) {}

  async send(phone: string, code: string, language: Language): Promise<void> {
    const response = await this.post({ phone, code, text: smsText(code)[language] });
    // Only the status counts; what is left of the answer is dropped, however that goes.
    await response.body?.cancel().catch(() => {});
    if (!response.ok) throw new SmsFailure(`the SMS webhook answered ${response.status}`, true);
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
      throw new SmsFailure(`the SMS webhook gave no answer (${reason})`, noConnection.has(reason));
    }
  }
}

/** A short word for the log; the error's own text could hold the webhook's address. */
function getFailureCode(error: unknown): string {
  const { cause, name } = error as { cause?: { code?: unknown }; name?: unknown };
  return String(cause?.code ?? name ?? "unknown");
}
