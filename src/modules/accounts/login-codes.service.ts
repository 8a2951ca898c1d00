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

/** Codes are kept for as long as a limit may count them. */
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

/** Who asks for a code, and from where. */
export interface LoginCodeRequest {
  phone: string;
  address: string;
  language: Language;
}

/** Codes by SMS. Nothing here looks at users, so no answer can depend on whether there is one. */
export class LoginCodes {
  constructor(private readonly deps: LoginCodesDependencies) {}

  /** Throws RateLimited, and LoginCodeNotSent when the SMS failed. */
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
   * Counts a try and answers with the id of the code that was matched; throws InvalidLoginCode, and
   * RateLimited for an address that has tried too much, at whatever phones. The code is used up only by
   * `use`.
   */
  async match({ phone, code, address }: { phone: string; code: string; address: string }): Promise<string> {
    await this.deps.limits.consumeAttempt(limitedAddress(address));
    const tried = await codes.countAttempt(this.deps.db, phone, this.deps.clock.now());
    if (!tried) throw new InvalidLoginCode();
    const matches = this.deps.keyring.verify("login-code", signedText(phone, code, tried.id), tried.codeHash);
    if (!matches) throw new InvalidLoginCode();
    return tried.id;
  }

  /** Throws InvalidLoginCode when another login was faster with the same code. */
  async use(tx: Tx, id: string): Promise<void> {
    if (!(await codes.markUsed(tx, id, this.deps.clock.now()))) throw new InvalidLoginCode();
  }

  private async checkLimits(tx: Tx, phone: string, address: string, now: Date): Promise<void> {
    const perAddress = { max: this.deps.settings.LOGIN_CODES_PER_ADDRESS_PER_HOUR, windowMs: hourMs };
    const since = (windowMs: number) => new Date(now.getTime() - windowMs);
    const sent = await codes.findSendTimes(tx, phone, since(dayMs), perPhoneAndDay.max);
    const asked = await codes.findRequestTimes(tx, address, since(hourMs), perAddress.max);
    const phoneWaitMs = Math.max(waitMs(sent, onePerMinute, now), waitMs(sent, perPhoneAndDay, now));
    const addressWaitMs = waitMs(asked, perAddress, now);
    if (addressWaitMs > phoneWaitMs) throw new RateLimited(addressWaitMs);
    if (phoneWaitMs > 0) throw new RateLimited(phoneWaitMs).about("phone");
  }

  /** Last of the limits, since whatever another one refuses must not use it up. */
  private async consumeBudget(id: string): Promise<void> {
    try {
      await this.deps.limits.consumeCode();
    } catch (error) {
      await codes.markUnsent(this.deps.db, id);
      throw error;
    }
  }

  /** After a failure that surely sent nothing, the phone may ask again at once; the address still counts. */
  private async send(id: string, code: string, { phone, language }: LoginCodeRequest): Promise<void> {
    try {
      await this.deps.sms.send(phone, code, language);
    } catch (error) {
      const surelyNotSent = error instanceof SmsFailure && error.surelyNotSent;
      if (surelyNotSent) await codes.markUnsent(this.deps.db, id);
      this.deps.logger.warn(
        { phone, surelyNotSent, reason: (error as Error).message },
        "login code not sent",
      );
      throw new LoginCodeNotSent();
    }
  }
}

function signedText(phone: string, code: string, id: string): string {
  return `${phone}:${code}:${id}`;
}
