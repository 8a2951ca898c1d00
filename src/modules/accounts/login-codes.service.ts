import { randomInt } from "node:crypto";
import type { Logger } from "pino";
import type { Clock } from "../../platform/base/clock.js";
import { RateLimited } from "../../platform/base/common-errors.js";
import type { Language } from "../../platform/base/language.js";
import type { Keyring } from "../../platform/crypto/keyring.js";
import type { Db, Tx } from "../../platform/db/index.js";
import { newUuid } from "../../platform/ids/ids.js";
import { limitedAddress, waitMs } from "../../platform/rate-limit/sliding-window.js";
import type { AccountsSettings } from "./accounts.config.js";
import { InvalidLoginCode, LoginCodeNotSent } from "./accounts.errors.js";
import * as codes from "./login-codes.repository.js";
import type { LoginLimits } from "./login-limits.js";
import { SmsFailure, type SmsSender } from "./sms.js";

const validMs = 5 * 60_000;
const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
const onePerMinute = { max: 1, windowMs: 60_000 };
const perPhoneAndDay = { max: 10, windowMs: dayMs };

/** Codes are stored as long as the longest rate limit counts them. */
export const loginCodesTtlMs = dayMs;

interface LoginCodesDependencies {
  db: Db;
  clock: Clock;
  keyring: Keyring;
  sms: SmsSender;
  settings: AccountsSettings;
  logger: Logger;
  limits: LoginLimits;
}

export interface LoginCodeRequest {
  phone: string;
  address: string;
  language: Language;
}

/** Login codes by SMS. This class never reads users, so no response can reveal whether a phone is registered. */
export class LoginCodes {
  constructor(private readonly deps: LoginCodesDependencies) {}

  /** Throws RateLimited, and LoginCodeNotSent if the SMS failed. */
  async request(request: LoginCodeRequest): Promise<{ code: string; expiresAt: Date; retryAt: Date }> {
    const now = this.deps.clock.now();
    const id = newUuid();
    const code = this.deps.settings.SMS_FIXED_CODE ?? randomInt(1_000_000).toString().padStart(6, "0");
    const expiresAt = new Date(now.getTime() + validMs);
    await this.deps.db.transaction(async (tx) => {
      const address = limitedAddress(request.address);
      await codes.lockLimits(tx, request.phone, address);
      await this.checkLimits(tx, request.phone, address, now);
      const codeHash = this.deps.keyring.sign("login-code", signedText(request.phone, code, id));
      await codes.insertLoginCode(tx, {
        id,
        phone: request.phone,
        address,
        codeHash,
        createdAt: now,
        expiresAt,
      });
    });
    await this.consumeBudget(id);
    await this.send(id, code, request);
    return { code, expiresAt, retryAt: new Date(now.getTime() + onePerMinute.windowMs) };
  }

  /**
   * Counts an attempt and returns the id of the matching code. Only `use` consumes the code. Throws InvalidLoginCode,
   * and RateLimited for an address with too many attempts over all phones.
   */
  async match({ phone, code, address }: { phone: string; code: string; address: string }): Promise<string> {
    await this.deps.limits.consumeAttempt(limitedAddress(address));
    const tried = await codes.countAttempt(this.deps.db, phone, this.deps.clock.now());
    if (!tried) throw new InvalidLoginCode();
    const matches = this.deps.keyring.verify("login-code", signedText(phone, code, tried.id), tried.codeHash);
    if (!matches) throw new InvalidLoginCode();
    return tried.id;
  }

  /** Throws InvalidLoginCode if a concurrent login has used the code. */
  async use(tx: Tx, id: string): Promise<void> {
    if (!(await codes.markUsed(tx, id, this.deps.clock.now()))) throw new InvalidLoginCode();
  }

  private async checkLimits(tx: Tx, phone: string, address: string, now: Date): Promise<void> {
    const perAddress = { max: this.deps.settings.LOGIN_CODES_PER_ADDRESS_PER_HOUR, windowMs: hourMs };
    const since = (windowMs: number) => new Date(now.getTime() - windowMs);
    const sent = await codes.findSendTimes(tx, phone, since(dayMs), perPhoneAndDay.max);
    const requested = await codes.findRequestTimes(tx, address, since(hourMs), perAddress.max);
    const phoneWaitMs = Math.max(waitMs(sent, onePerMinute, now), waitMs(sent, perPhoneAndDay, now));
    const addressWaitMs = waitMs(requested, perAddress, now);
    if (addressWaitMs > phoneWaitMs) throw new RateLimited(addressWaitMs);
    if (phoneWaitMs > 0) throw new RateLimited(phoneWaitMs).about("phone");
  }

  /** Checked last, so that requests rejected by another limit do not consume the budget. */
  private async consumeBudget(id: string): Promise<void> {
    try {
      await this.deps.limits.consumeCode();
    } catch (error) {
      await codes.markUnsent(this.deps.db, id);
      throw error;
    }
  }

  /** If the SMS was certainly not sent, the phone may request again at once. It still counts for the address. */
  private async send(id: string, code: string, { phone, language }: LoginCodeRequest): Promise<void> {
    try {
      await this.deps.sms.send(phone, code, language);
    } catch (error) {
      const surelyNotSent = error instanceof SmsFailure && error.surelyNotSent;
      if (surelyNotSent) await codes.markUnsent(this.deps.db, id);
      this.deps.logger.warn(
        { phone, surelyNotSent, reason: (error as Error).message },
        "login code not sent: the SMS provider failed",
      );
      throw new LoginCodeNotSent();
    }
  }
}

function signedText(phone: string, code: string, id: string): string {
  return `${phone}:${code}:${id}`;
}
