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
 * Limits across phones: login attempts from one address on many phones, and the total number of SMS per hour, which
 * caps their cost. Counts are shared by all servers. While the counter is unavailable, only the limits per phone and
 * per address in the database apply.
 */
export class LoginLimits {
  constructor(private readonly deps: LoginLimitsDependencies) {}

  /** Counts one SMS. Throws RateLimited if the hour's budget is used up. */
  async consumeCode(): Promise<void> {
    const max = this.deps.settings.LOGIN_CODES_PER_HOUR;
    await this.consume(this.deps.sentCodes, "all", max).catch((error: unknown) => {
      this.deps.logger.error(
        { max },
        "login code budget of this hour is used up; logins fail until the next hour unless LOGIN_CODES_PER_HOUR is raised",
      );
      throw error;
    });
  }

  /** Counts one login attempt. Throws RateLimited after five attempts for each code that the address may request. */
  async consumeAttempt(address: string): Promise<void> {
    const max = this.deps.settings.LOGIN_CODES_PER_ADDRESS_PER_HOUR * attemptsMax;
    await this.consume(this.deps.loginAttempts, address, max);
  }

  private async consume(counter: SharedCounter, key: string, max: number): Promise<void> {
    const count = await counter.add(key, 1).catch((err: unknown) => {
      this.deps.logger.warn(
        { err },
        "login limits: the shared counter is unavailable, so limits across servers are not enforced",
      );
      return null;
    });
    if (count && count.total > max) throw new RateLimited(count.msLeft);
  }
}
