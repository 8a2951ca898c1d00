import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { loginCodes, users } from "../../../src/modules/accounts/accounts.tables.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import {
  AccountsServer,
  allOf,
  somePhone,
  TestClock,
  waitingForLocks,
  wrongCode,
} from "./accounts-server.js";

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

let database: TestDatabase;
let server: AccountsServer;

beforeAll(async () => {
  database = await freshDatabase();
  server = new AccountsServer(database, new TestClock());
});
afterAll(async () => {
  await server.close();
  await database.drop();
});

const codesInDatabase = (phone: string) =>
  server.db.select().from(loginCodes).where(eq(loginCodes.phone, phone));

describe("a code", () => {
  test("has six digits and cannot be derived from the database alone", async () => {
    const phone = somePhone();
    const code = await server.codeFor(phone);
    expect(code).toMatch(/^\d{6}$/);
    expect(JSON.stringify(await codesInDatabase(phone))).not.toContain(code);
  });

  test("works once", async () => {
    const phone = somePhone();
    const code = await server.codeFor(phone);
    await server.login(phone, code);
    await expect(server.login(phone, code)).rejects.toMatchObject({ code: "INVALID_LOGIN_CODE" });
  });

  test("works once even for concurrent logins", async () => {
    const phone = somePhone();
    const code = await server.codeFor(phone);
    // All five wait at the attempt counter, so all five pass that check before the first one uses the code.
    const logins = await server.db.transaction(async (tx) => {
      await tx.select().from(loginCodes).where(eq(loginCodes.phone, phone)).for("update");
      const started = Array.from({ length: 5 }, () => server.login(phone, code));
      await vi.waitFor(async () => expect(await waitingForLocks(server.db)).toBe(5));
      return { started };
    });
    const { answers, errors } = await allOf(logins.started);
    expect(answers).toHaveLength(1);
    expect(errors).toEqual(Array(4).fill("InvalidLoginCode"));
  });

  test("expires after exactly five minutes", async () => {
    const early = somePhone();
    const late = somePhone();
    const earlyCode = await server.codeFor(early);
    const lateCode = await server.codeFor(late);
    server.clock.advance(5 * minuteMs - minuteMs - 1);
    await expect(server.login(early, earlyCode)).resolves.toMatchObject({ isNewUser: true });
    server.clock.advance(minuteMs + 1);
    await expect(server.login(late, lateCode)).rejects.toMatchObject({ code: "INVALID_LOGIN_CODE" });
  });

  test("works only for the phone that it was sent to", async () => {
    const mine = somePhone();
    const theirs = somePhone();
    const code = await server.codeFor(mine);
    await server.codeFor(theirs);
    await expect(server.login(theirs, code)).rejects.toMatchObject({ code: "INVALID_LOGIN_CODE" });
  });

  test("is void once a newer one is sent", async () => {
    const phone = somePhone();
    const older = await server.codeFor(phone);
    const newer = await server.codeFor(phone);
    if (older !== newer) await expect(server.login(phone, older)).rejects.toThrow();
    await expect(server.login(phone, newer)).resolves.toBeDefined();
  });

  test("is SMS_FIXED_CODE if set, and must still be requested first", async () => {
    const fixed = new AccountsServer(database, server.clock, { settings: { SMS_FIXED_CODE: "135790" } });
    const phone = somePhone();
    await expect(fixed.login(phone, "135790")).rejects.toMatchObject({ code: "INVALID_LOGIN_CODE" });
    expect(await fixed.codeFor(phone)).toBe("135790");
    await fixed.login(phone, "135790");
    await expect(fixed.login(phone, "135790")).rejects.toMatchObject({ code: "INVALID_LOGIN_CODE" });
    await fixed.close();
  });

  test("fails with the same error whether it is wrong, expired, used or was never requested", async () => {
    const phone = somePhone();
    const texts = new Set<string>();
    const say = (error: Error & { text: object }) => texts.add(JSON.stringify(error.text));
    await server.login(phone, "123456").catch(say);
    const code = await server.codeFor(phone);
    await server.login(phone, wrongCode(code)).catch(say);
    await server.login(phone, "not a code\0").catch(say);
    await server.login(phone, code);
    await server.login(phone, code).catch(say);
    const expired = await server.codeFor(phone);
    server.clock.advance(hourMs);
    await server.login(phone, expired).catch(say);
    expect(texts.size).toBe(1);
  });
});

describe("guessing", () => {
  test("is limited to five attempts of fifty concurrent ones, after which the right code fails too", async () => {
    const phone = somePhone();
    const code = await server.codeFor(phone);
    const { errors } = await allOf(Array.from({ length: 50 }, () => server.login(phone, wrongCode(code))));
    expect(errors).toEqual(Array(50).fill("InvalidLoginCode"));
    expect(await codesInDatabase(phone)).toMatchObject([{ tries: 5, usedAt: null }]);
    await expect(server.login(phone, code)).rejects.toMatchObject({ code: "INVALID_LOGIN_CODE" });
  });

  test("still allows the fifth attempt after four wrong ones", async () => {
    const phone = somePhone();
    const code = await server.codeFor(phone);
    for (let i = 0; i < 4; i++) await server.login(phone, wrongCode(code)).catch(() => {});
    await expect(server.login(phone, code)).resolves.toMatchObject({ isNewUser: true });
  });
});

describe("guessing at many phones from one address", () => {
  test("is limited by the codes that the address may request, over all servers; other addresses can log in", async () => {
    const settings = { LOGIN_CODES_PER_ADDRESS_PER_HOUR: "2" };
    const one = new AccountsServer(database, server.clock, { settings });
    const other = new AccountsServer(database, server.clock, { settings });
    const guesser = "198.51.100.200";
    const victims = Array.from({ length: 30 }, () => somePhone());
    for (const victim of victims) await server.codeFor(victim);
    const { errors } = await allOf(
      victims.map((victim, i) => (i % 2 ? one : other).login(victim, "no code", guesser)),
    );
    expect(errors.filter((name) => name === "InvalidLoginCode")).toHaveLength(10);
    expect(errors.filter((name) => name === "RateLimited")).toHaveLength(20);
    const victim = victims.at(-1) as string;
    const code = await server.codeFor(victim);
    await expect(one.login(victim, code, guesser)).rejects.toMatchObject({
      code: "RATE_LIMITED",
      facts: { retryAfterMs: expect.any(Number) },
    });
    await expect(one.login(victim, code, "198.51.100.201")).resolves.toBeDefined();
    await Promise.all([one.close(), other.close()]);
  });

  test("fails alike for a known, an unknown and a banned phone, even while the users table is locked", async () => {
    const [known, banned, unknown] = [somePhone(), somePhone(), somePhone()];
    for (const phone of [known, banned]) await server.logIn(phone);
    await server.bans.ban({ phone: banned }, "abuse");
    for (const phone of [known, banned, unknown]) await server.codeFor(phone);
    // A read of the users table would wait for this transaction, which waits for the calls: a deadlock.
    const { errors } = await server.db.transaction(async (tx) => {
      await tx.execute("lock table users in access exclusive mode");
      return allOf([known, banned, unknown].map((phone) => server.login(phone, "no code")));
    });
    expect(errors).toEqual(Array(3).fill("InvalidLoginCode"));
  });
});

describe("requesting codes", () => {
  test("is allowed once a minute for a phone, and the error says how long to wait", async () => {
    const phone = somePhone();
    server.clock.advance(minuteMs);
    const answer = await server.askForCode(phone);
    expect(answer.retryAt.getTime() - server.clock.now().getTime()).toBe(minuteMs);
    expect(answer.expiresAt.getTime() - server.clock.now().getTime()).toBe(5 * minuteMs);
    server.clock.advance(45 * secondMs);
    await expect(server.askForCode(phone)).rejects.toMatchObject({
      code: "RATE_LIMITED",
      facts: { retryAfterMs: 15 * secondMs, field: "phone" },
    });
    server.clock.advance(15 * secondMs);
    await server.askForCode(phone);
    expect(server.inbox.sentTo(phone)).toHaveLength(2);
  });

  test("ten times concurrently sends one SMS", async () => {
    const phone = somePhone();
    const { answers, errors } = await allOf(Array.from({ length: 10 }, () => server.askForCode(phone)));
    expect(answers).toHaveLength(1);
    expect(errors).toEqual(Array(9).fill("RateLimited"));
    expect(server.inbox.sentTo(phone)).toHaveLength(1);
  });

  test("is allowed ten times a day for a phone, from all addresses together", async () => {
    const phone = somePhone();
    for (let i = 0; i < 10; i++) {
      server.clock.advance(minuteMs);
      await server.askForCode(phone, `198.51.100.${i}`);
    }
    server.clock.advance(minuteMs);
    await expect(server.askForCode(phone, "198.51.100.99")).rejects.toMatchObject({
      code: "RATE_LIMITED",
      facts: { retryAfterMs: 24 * hourMs - 10 * minuteMs, field: "phone" },
    });
    server.clock.advance(24 * hourMs - 10 * minuteMs);
    await expect(server.askForCode(phone)).resolves.toBeDefined();
  });

  test("is limited exactly for an address, over many phones and servers", async () => {
    const settings = { LOGIN_CODES_PER_ADDRESS_PER_HOUR: "5" };
    const one = new AccountsServer(database, server.clock, { settings });
    const other = new AccountsServer(database, server.clock, { settings });
    const { answers, errors } = await allOf(
      Array.from({ length: 30 }, (_, i) => (i % 2 ? one : other).askForCode(somePhone(), "203.0.113.7")),
    );
    expect(answers).toHaveLength(5);
    expect(errors).toEqual(Array(25).fill("RateLimited"));
    expect(one.inbox.messages.length + other.inbox.messages.length).toBe(5);
    await expect(one.askForCode(somePhone(), "203.0.113.8")).resolves.toBeDefined();
    server.clock.advance(hourMs);
    await expect(one.askForCode(somePhone(), "203.0.113.7")).resolves.toBeDefined();
    await Promise.all([one.close(), other.close()]);
  });

  test("with many phones from many addresses stays within the hour's budget of all servers", async () => {
    const options = { settings: { LOGIN_CODES_PER_HOUR: "5" }, budget: "small" };
    const one = new AccountsServer(database, server.clock, options);
    const other = new AccountsServer(database, server.clock, options);
    const phones = Array.from({ length: 30 }, () => somePhone());
    const { answers, errors } = await allOf(
      phones.map((phone, i) => (i % 2 ? one : other).askForCode(phone, `203.0.113.${100 + i}`)),
    );
    expect(answers).toHaveLength(5);
    expect(errors).toEqual(Array(25).fill("RateLimited"));
    expect(one.inbox.messages.length + other.inbox.messages.length).toBe(5);
    // A phone that was rejected for the budget need not wait once there is budget again.
    const refused = phones.find((phone) => ![one, other].some(({ inbox }) => inbox.sentTo(phone).length));
    await expect(server.askForCode(refused as string)).resolves.toBeDefined();
    await Promise.all([one.close(), other.close()]);
  });

  test("counts an IPv6 /64 as one address, because one customer owns all of it", async () => {
    const one = new AccountsServer(database, server.clock, {
      settings: { LOGIN_CODES_PER_ADDRESS_PER_HOUR: "1" },
    });
    await one.askForCode(somePhone(), "2001:db8:1:2::1");
    await expect(one.askForCode(somePhone(), "2001:db8:1:2:ffff::9")).rejects.toMatchObject({
      code: "RATE_LIMITED",
    });
    await expect(one.askForCode(somePhone(), "2001:db8:1:3::1")).resolves.toBeDefined();
    await one.close();
  });

  test("succeeds alike for a known and an unknown phone, even while the users table is locked", async () => {
    const known = somePhone();
    const unknown = somePhone();
    await server.logIn(known);
    server.clock.advance(minuteMs);
    // A read of the users table would wait for this transaction, which waits for the calls: a deadlock.
    const answers = await server.db.transaction(async (tx) => {
      await tx.execute("lock table users in access exclusive mode");
      return Promise.all([server.askForCode(known), server.askForCode(unknown)]);
    });
    expect(answers[0]).toEqual(answers[1]);
    expect(server.inbox.sentTo(unknown)).toHaveLength(1);
    expect(await server.db.select().from(users).where(eq(users.phone, unknown))).toEqual([]);
  });
});

test("codes are deleted after a day, when no limit counts them any more", async () => {
  const phone = somePhone();
  await server.codeFor(phone);
  server.clock.advance(24 * hourMs - 1);
  await server.accounts.deleteOldData();
  expect(await codesInDatabase(phone)).toHaveLength(1);
  server.clock.advance(2);
  await server.accounts.deleteOldData();
  expect(await codesInDatabase(phone)).toHaveLength(0);
});
