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
  constructor(private readonly its: LoginCodesDependencies) {}

  /** Throws RateLimited, and LoginCodeNotSent when the SMS failed. */
  async request(request: LoginCodeRequest): Promise<{ code: string; expiresAt: Date; retryAt: Date }> {
    const now = this.its.clock.now();
    const id = newUuid();
    const code = this.its.settings.SMS_FIXED_CODE ?? randomInt(1_000_000).toString().padStart(6, "0");
    const expiresAt = new Date(now.getTime() + validMs);
    await this.its.db.transaction(async (tx) => {
      const address = limitedAddress(request.address);
      await codes.lockLimits(tx, request.phone, address);
      await this.mustBeWithinLimits(tx, request.phone, address, now);
      const codeHash = this.its.keyring.sign("login-code", signedText(request.phone, code, id));
      await codes.insertLoginCode(tx, {
        id,
        phone: request.phone,
        address,
        codeHash,
        createdAt: now,
        expiresAt,
      });
    });
    await this.mustBeWithinBudget(id);
    await this.send(id, code, request);
    return { code, expiresAt, retryAt: new Date(now.getTime() + onePerMinute.windowMs) };
  }

  /**
   * Counts a try and answers with the id of the code that was matched; throws InvalidLoginCode, and
   * RateLimited for an address that has tried too much, at whatever phones. The code is used up only by
   * `use`.
   */
  async match({ phone, code, address }: { phone: string; code: string; address: string }): Promise<string> {
    await this.its.limits.consumeAttempt(limitedAddress(address));
    const tried = await codes.countTry(this.its.db, phone, this.its.clock.now());
    if (!tried) throw new InvalidLoginCode();
    const matches = this.its.keyring.verify("login-code", signedText(phone, code, tried.id), tried.codeHash);
    if (!matches) throw new InvalidLoginCode();
    return tried.id;
  }

  /** Throws InvalidLoginCode when another login was faster with the same code. */
  async use(tx: Tx, id: string): Promise<void> {
    if (!(await codes.useLoginCode(tx, id, this.its.clock.now()))) throw new InvalidLoginCode();
  }

  private async mustBeWithinLimits(tx: Tx, phone: string, address: string, now: Date): Promise<void> {
    const perAddress = { max: this.its.settings.LOGIN_CODES_PER_ADDRESS_PER_HOUR, windowMs: hourMs };
    const since = (windowMs: number) => new Date(now.getTime() - windowMs);
    const sent = await codes.sentTo(tx, phone, since(dayMs), perPhoneAndDay.max);
    const asked = await codes.requestedFrom(tx, address, since(hourMs), perAddress.max);
    const phoneWaitMs = Math.max(waitMs(sent, onePerMinute, now), waitMs(sent, perPhoneAndDay, now));
    const addressWaitMs = waitMs(asked, perAddress, now);
    if (addressWaitMs > phoneWaitMs) throw new RateLimited(addressWaitMs);
    if (phoneWaitMs > 0) throw new RateLimited(phoneWaitMs).about("phone");
  }

  /** Last of the limits, since whatever another one refuses must not use it up. */
  private async mustBeWithinBudget(id: string): Promise<void> {
    try {
      await this.its.limits.consumeCode();
    } catch (error) {
      await codes.markUnsent(this.its.db, id);
      throw error;
    }
  }

  /** After a failure that surely sent nothing, the phone may ask again at once; the address still counts. */
  private async send(id: string, code: string, { phone, language }: LoginCodeRequest): Promise<void> {
    try {
      await this.its.sms.send(phone, code, language);
    } catch (error) {
      const surelyNotSent = error instanceof SmsFailure && error.surelyNotSent;
      if (surelyNotSent) await codes.markUnsent(this.its.db, id);
      this.its.logger.warn({ phone, surelyNotSent, reason: (error as Error).message }, "login code not sent");
      throw new LoginCodeNotSent();
    }
  }
}

function signedText(phone: string, code: string, id: string): string {
  return `${phone}:${code}:${id}`;
}
