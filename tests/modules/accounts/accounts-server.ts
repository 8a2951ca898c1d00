import { randomInt } from "node:crypto";
import { sql } from "drizzle-orm";
import { pino } from "pino";
import {
  AccountsService,
  accountsSettings,
  type BanHook,
  Bans,
  LoginLimits,
  loginWindowSec,
} from "../../../src/modules/accounts/index.js";
import type { SmsSender } from "../../../src/modules/accounts/sms.js";
import type { Language } from "../../../src/platform/base/language.js";
import { Keyring } from "../../../src/platform/crypto/keyring.js";
import type { Db, Tx } from "../../../src/platform/db/index.js";
import { PostgresBus } from "../../../src/platform/events/postgres-bus.js";
import { openSharedCounter } from "../../../src/platform/rate-limit/shared-counter.js";
import type { TestDatabase } from "../../support/database.js";

const minuteMs = 60_000;
export const logger = pino({ level: "silent" });
export const secret = "the-first-secret-of-the-accounts-tests";

export class TestClock {
  private time = new Date("2026-03-01T08:00:00.000Z").getTime();

  now(): Date {
    return new Date(this.time);
  }

  advance(ms: number): void {
    this.time += ms;
  }
}

/** Collects the messages sent to each phone. */
export class Inbox implements SmsSender {
  readonly messages: { phone: string; code: string; language: Language }[] = [];
  /** Set to make the next message fail. */
  failure: Error | null = null;

  async send(phone: string, code: string, language: Language): Promise<void> {
    const failure = this.failure;
    this.failure = null;
    if (failure) throw failure;
    this.messages.push({ phone, code, language });
  }

  sentTo(phone: string): string[] {
    return this.messages.filter((message) => message.phone === phone).map((message) => message.code);
  }
}

/** One server of possibly several on one database. */
export class AccountsServer {
  readonly inbox = new Inbox();
  readonly accounts: AccountsService;
  readonly bans: Bans;
  private readonly bus: PostgresBus;

  constructor(
    private readonly test: TestDatabase,
    readonly clock: TestClock,
    options: {
      secrets?: string[];
      settings?: Record<string, string>;
      /** Servers with the same counter share one hourly budget of login codes. */
      budget?: string;
      showsCodes?: boolean;
      banHooks?: BanHook[];
      onUserCreated?: (tx: Tx, userId: string) => Promise<void>;
      findOwnImage?: (userId: string, publicId: string) => Promise<string | null>;
    } = {},
  ) {
    this.bus = new PostgresBus(test.url, logger);
    const settings = accountsSettings.parse({
      LOGIN_CODES_PER_ADDRESS_PER_HOUR: "100000",
      ...options.settings,
    });
    const counter = (name: string) =>
      openSharedCounter({ db: test.database.db, redis: null }, { name, windowSec: loginWindowSec });
    this.bans = new Bans({ db: test.database.db, clock, events: this.bus, hooks: options.banHooks ?? [] });
    this.accounts = new AccountsService({
      db: test.database.db,
      clock,
      keyring: new Keyring(options.secrets ?? [secret]),
      events: this.bus,
      sms: this.inbox,
      settings,
      limits: new LoginLimits({
        sentCodes: counter(options.budget ?? "codes"),
        loginAttempts: counter("tries"),
        settings,
        logger,
      }),
      logger,
      showsCodes: options.showsCodes ?? false,
      onUserCreated: options.onUserCreated ?? (async () => {}),
      findOwnImage: options.findOwnImage ?? (async () => null),
    });
  }

  /** Receives events of other servers. Without it, they are lost. */
  async listen(): Promise<this> {
    await this.bus.listen();
    return this;
  }

  close(): Promise<void> {
    return this.bus.close();
  }

  askForCode(phone: string, address = "192.0.2.1", isFromThisMachine = false) {
    return this.accounts.requestLoginCode({ phone, address, language: "en", isFromThisMachine });
  }

  login(phone: string, code: string, address = "192.0.2.1") {
    return this.accounts.login({ phone, code, address, language: "en" });
  }

  /** Advances the clock past the rate limit, requests a code and returns it from the inbox. */
  async codeFor(phone: string): Promise<string> {
    this.clock.advance(minuteMs);
    await this.askForCode(phone);
    return this.inbox.sentTo(phone).at(-1) as string;
  }

  async logIn(phone: string) {
    return this.login(phone, await this.codeFor(phone));
  }

  authenticate(accessToken: string) {
    return this.accounts.authenticator.authenticate(accessToken);
  }

  get db() {
    return this.test.database.db;
  }
}

export function somePhone(): string {
  return `+86138${randomInt(10_000_000, 99_999_999)}`;
}

export function wrongCode(code: string): string {
  return code === "000000" ? "000001" : "000000";
}

/** Number of statements in this database that wait for a lock. */
export async function waitingForLocks(db: Db): Promise<number> {
  const [row] = await db.execute<{ waiting: number }>(
    sql`select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return row?.waiting ?? 0;
}

/** Results of concurrent calls: values and names of errors. */
export async function allOf<T>(calls: Promise<T>[]): Promise<{ answers: T[]; errors: string[] }> {
  const settled = await Promise.allSettled(calls);
  return {
    answers: settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])),
    errors: settled.flatMap((one) => (one.status === "rejected" ? [(one.reason as Error).name] : [])),
  };
}
