import { openSharedCounter } from "../../platform/rate-limit/shared-counter.js";
import type { Module, ModuleContext } from "../module.js";
import type { AccountsSettings } from "./accounts.config.js";
import { accountsJobs } from "./accounts.jobs.js";
import { AccountsResolver, UserResolver } from "./accounts.resolver.js";
import { type AccountsDependencies, AccountsService } from "./accounts.service.js";
import { LoginLimits, loginWindowSec } from "./login-limits.js";
import { createSms } from "./sms.js";

type Context = ModuleContext<AccountsSettings & { production: boolean }>;

export function createAccountsModule(
  context: Context,
  hooks: Pick<AccountsDependencies, "onUserCreated" | "findOwnImage">,
) {
  const { config, db, clock, keyring, bus, logger } = context;
  const counter = (name: string) => openSharedCounter(context, { name, windowSec: loginWindowSec });
  const service = new AccountsService({
    ...{ db, clock, keyring, events: bus, logger, settings: config, sms: createSms(config, logger) },
    limits: new LoginLimits({
      sentCodes: counter("login-codes"),
      loginAttempts: counter("login-tries"),
      settings: config,
      logger,
    }),
    showsCodes: config.SMS_PROVIDER === "console" && !config.production,
    ...hooks,
  });
  return {
    service,
    resolvers: [new AccountsResolver(service), new UserResolver()],
    jobs: accountsJobs(service),
  } satisfies Module & { service: AccountsService };
}
