import type { Logger } from "pino";
import { RateLimited } from "../../platform/base/common-errors.js";
import type { SharedCounter } from "../../platform/rate-limit/shared-counter.js";
import type { AccountsSettings } from "./accounts.config.js";
import { attemptsMax } from "./login-codes.repository.js";

export const loginWindowSec = 3_600;

interface LoginLimitsDependencies {
  /** Both with a window of `loginWindowSec`. */
  sentCodes: SharedCounter;
  loginAttempts: SharedCounter;
  settings: AccountsSettings;
  logger: Logger;
}

/**
 * What the limits of one phone cannot stop: guesses at many phones from one address, and many phones
 * that each get their few messages at our cost. Counted over all servers; while whatever keeps the
 * counts is away, the limits of the phone and of the address hold alone.
 */
export class LoginLimits {
  constructor(private readonly deps: LoginLimitsDependencies) {}

  /** One message to be sent. Throws RateLimited when the hour's budget is spent. */
  async consumeCode(): Promise<void> {
    const max = this.deps.settings.LOGIN_CODES_PER_HOUR;
    await this.consume(this.deps.sentCodes, "all", max).catch((refusal: unknown) => {
      this.deps.logger.error({ max }, "the hour's login codes are used up: LOGIN_CODES_PER_HOUR");
      throw refusal;
    });
  }

  /** One try at a login. Throws RateLimited for an address that had more than its codes allow. */
  async consumeAttempt(address: string): Promise<void> {
    const max = this.deps.settings.LOGIN_CODES_PER_ADDRESS_PER_HOUR * attemptsMax;
    await this.consume(this.deps.loginAttempts, address, max);
  }

  private async consume(counter: SharedCounter, key: string, max: number): Promise<void> {
    const count = await counter.add(key, 1).catch((err: unknown) => {
      this.deps.logger.warn({ err }, "logins are not counted over all servers");
      return null;
    });
    if (count && count.total > max) throw new RateLimited(count.msLeft);
  }
}
